# syntax=docker/dockerfile:1
# deskbell alone, static, in an image without a shell:
#
#     docker build -t deskbell .
#     docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" -e DESKBELL_TOKEN \
#         deskbell run --target wss://HOST/PATH --allow HOST --out run
#
# The checks of this project hold this file to hadolint's rules; they build no image.

FROM rust:1.95-alpine3.22 AS build
# hadolint ignore=DL3018
RUN apk add --no-cache build-base ca-certificates cmake linux-headers
WORKDIR /src
COPY . .
# Alpine's own target is musl, and what it links is static.
RUN cargo build --locked --release --bin deskbell \
    && mkdir -p /image/work /image/etc/ssl/certs \
    && cp target/release/deskbell /image/deskbell \
    && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/

FROM scratch
COPY --from=build --chown=65532:65532 /image /
# Nobody's: it needs no name, and reports go where it may write.
USER 65532:65532
WORKDIR /work
# A stop is an interruption, which still writes whole reports.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/deskbell"]
CMD ["--help"]
