# /// script
# dependencies = [
#   "kubernetes<13",
# ]
# ///
print("größe")
