"""Rule draw_figures: draw the forest and funnel plots of one review."""

from metaudit.figures.draw import draw_review


def main(review_dir: str, results_dir: str, *, formats: list[str]) -> None:
    """Draw every analysis of a review into the folder ``figures`` of its results."""
    draw_review(review_dir, results_dir, formats=formats)


if __name__ == "__main__":
    from metaudit.rule import logged

    with logged(snakemake.log[0]):
        main(**snakemake.params)
