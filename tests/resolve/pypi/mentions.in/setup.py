from setuptools import setup
from build_helpers import checked

CORE = ["kubernetes>=3.0.0, <12.0.0"]
EXTRAS = {"kubernetes": CORE, "all": CORE + ["six"]}
CHECKED = ["openshift<0.12", "lightkube", "app-tools==1.0"]


def ordered():
    return dict(sorted(EXTRAS.items()))


class Command:
    def run(self):
        checked(CHECKED, "app<2")
        self.distribution.install_requires.append("kubernetes_asyncio==" + checked.VERSION)


EXTRAS = ordered()
setup(name="app", extras_require=EXTRAS, cmdclass={"run": Command})
