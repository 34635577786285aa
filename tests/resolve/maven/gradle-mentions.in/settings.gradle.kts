pluginManagement { includeBuild("libraries") }
include(":app", ":maps", ":choices", ":deep")
