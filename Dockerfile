# The released program, static, and nothing else. The context holds it as amd64/kubefloor and arm64/kubefloor, beside the
# licences; .github/workflows/release.yml makes that. To scan: docker run --rm -v "$PWD:/src:ro" IMAGE
FROM scratch
ARG TARGETARCH
COPY LICENSE-MIT LICENSE-APACHE /
COPY ${TARGETARCH}/kubefloor /kubefloor
USER 65532:65532
WORKDIR /src
ENTRYPOINT ["/kubefloor"]
CMD ["scan"]
