"""
    # /// script
    # dependencies = ["kubernetes==11.0.0"]
    # ///
"""
