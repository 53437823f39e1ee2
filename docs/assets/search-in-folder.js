/* Search for pages opened from a folder, where browsers refuse workers: a hidden frame runs the worker's script instead. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      this.onmessage = null
      const frame = document.createElement("iframe")
      frame.hidden = true
      frame.title = "search"
      document.body.append(frame)
      this.inside = frame.contentWindow
      this.send = this.inside.postMessage.bind(this.inside) // before the worker's own answers take that name
      window.addEventListener("message", (event) => {
        if (event.source !== this.inside) return
        const told = new MessageEvent("message", { data: event.data })
        this.dispatchEvent(told)
        if (this.onmessage) this.onmessage(told)
      })
      this.ready = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }))
      const tell = "self.postMessage = (message) => parent.postMessage(message, '*')"
      const page = this.inside.document
      page.open()
      page.write(`<script>${tell}<\/script><script src="${url}"><\/script>`)
      page.close()
    }

    postMessage(message) {
      this.ready.then(() => this.send(message, "*"))
    }

    terminate() {
      this.inside.frameElement.remove()
    }
  }
}
