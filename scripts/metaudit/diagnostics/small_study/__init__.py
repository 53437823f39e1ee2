"""Whether small studies tell another story than large ones, and what the answer would be without that difference."""
