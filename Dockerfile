# metaudit as an image: docker build --tag metaudit .
#   docker run --rm --volume "$PWD:/review" --user "$(id -u):$(id -g)" metaudit audit smith-2021 --out smith-2021-audited
# Snakemake is in it: docker run ... --entrypoint snakemake metaudit --cores all
FROM python:3.11-slim

WORKDIR /src
# What it needs changes seldom, and is a layer of its own.
COPY requirements.lock pyproject.toml ./
COPY packaging packaging
RUN packaging/install.sh packages

COPY setup.py MANIFEST.in README.md LICENSE CHANGELOG.md CITATION.cff ./
COPY data data
COPY scripts scripts
RUN packaging/install.sh library && rm -rf build

RUN useradd --create-home metaudit
USER metaudit
# Whoever runs it with --user has no home folder there.
ENV MPLCONFIGDIR=/tmp XDG_CACHE_HOME=/tmp PYTHONDONTWRITEBYTECODE=1
WORKDIR /review
ENTRYPOINT ["metaudit"]
CMD ["--help"]
