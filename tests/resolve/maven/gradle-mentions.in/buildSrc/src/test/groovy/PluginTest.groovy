class PluginTest {
    def old = 'io.kubernetes:client-java:1.0.0'
}
