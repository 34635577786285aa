from setuptools import setup

K8S = "11.0.0"

setup(
    name="app",
    install_requires=[
        "kubernetes==%s" % K8S,
        'openshift>=0.11',
        "lightkube",
    ],
    extras_require={"async": ["kubernetes_asyncio==12.0.0"]},
)
