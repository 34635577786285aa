from setuptools import setup

VERSION = "11.0.0"

setup(
    name="app",
    version=VERSION,
    install_requires=["kubernetes==" + VERSION, "kr8s=="  "0.17.0"],
)
