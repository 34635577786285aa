def go_dependencies():
    go_repository(
        name = "io_k8s_client_go",
        importpath = "k8s.io/client-go",
        version = "v11.0.0+incompatible",
    )
    go_repository(
        name = "io_k8s_api",
        importpath = "k8s.io/api",
        version = "v0.16.4",
    )
    go_repository(
        name = "io_k8s_klog",
        importpath = "k8s.io/klog",
        version = "v1.0.0",
    )
    go_repository(
        name = "com_example_tool",
        importpath = "example.com/tool",
        version = "v1.0.0",
    )
    go_repository(
        name = "io_k8s_sigs_controller_runtime",
        commit = "5558165425ef09b0e8d8e8d2e8d8e8d2e8d8e8d2",
        importpath = "sigs.k8s.io/controller-runtime",
    )
