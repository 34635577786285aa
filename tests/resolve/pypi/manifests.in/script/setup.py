import sys
from setuptools import setup

VERSION = "11.0.0"
REQUIRES = ["kubernetes==%s" % VERSION]
if sys.version_info < (3, 8):
    REQUIRES.append("openshift==0.11.2")
else:
    REQUIRES.append("openshift==0.12.0")

setup(
    name="script",
    install_requires=REQUIRES + ["lightkube>=" + minimum()],
    extras_require={"all": ["script[async]"], "async": ["kubernetes_asyncio<24"]},
)
