import java.io.FileInputStream;
import org.apache.maven.artifact.versioning.VersionRange;
import org.apache.maven.model.Dependency;
import org.apache.maven.model.Model;
import org.apache.maven.model.io.xpp3.MavenXpp3Reader;

/** Whether Maven's own strict reader takes a POM, and its reader of versions what stands in it. */
public class Poms {
    public static void main(String[] arguments) throws Exception {
        try (FileInputStream stream = new FileInputStream(arguments[0])) {
            Model model = new MavenXpp3Reader().read(stream, true);
            for (Dependency dependency : model.getDependencies()) {
                if (dependency.getVersion() != null && !dependency.getVersion().contains("${")) {
                    VersionRange.createFromVersionSpec(dependency.getVersion());
                }
            }
            System.out.println(model.getProperties());
        }
    }
}
