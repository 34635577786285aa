# /// script
# dependencies = ["openshift>=0.11", "kr8s"]
# ///
