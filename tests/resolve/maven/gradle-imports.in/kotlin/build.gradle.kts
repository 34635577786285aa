import org.acme.Modules.client
import org.acme.Modules.fabric8 as version
import org.acme.Modules as M
import org.acme.Modules.both
import org.acme.topLevel

dependencies {
    implementation(client)
    other1("io.fabric8:kubernetes-client:$version")
    other2(M.client)
    both.forEach { other3(it) }
    other4(both)
    other5("io.kubernetes:client-java:$topLevel")
}
