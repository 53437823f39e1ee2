"""Rule tables: the tables of every review as CSV, Markdown and LaTeX."""

from metaudit.tables import write_tables


def main(data_dir: str, results_dir: str, *, reviews: list[str]) -> None:
    """Read what was typed in and what was computed, and write ``<results>/<review>/tables/``."""
    write_tables(data_dir, results_dir, reviews=reviews)


if __name__ == "__main__":
    from metaudit.rule import logged

    with logged(snakemake.log[0]):
        main(**snakemake.params)
