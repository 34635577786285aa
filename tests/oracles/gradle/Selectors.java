// Writes the verdicts of Gradle's own DefaultVersionComparator and DefaultVersionSelectorScheme (4.4.1), in the line format of
// tests/fixtures/versions.rs.
//
// Debian's packages libgradle-core-java and libgradle-plugins-java bring the libraries; from this folder:
//
//     java -cp '/usr/share/java/*' Selectors.java > ../../versions/maven-gradle-oracle.txt
//
// Words whose place in the order is another in later releases (snapshot, ga, sp, final, release) are left out, and so are
// versions that lead up to an excluded end, which later releases leave out of the range.

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.gradle.api.internal.artifacts.ivyservice.ivyresolve.strategy.DefaultVersionComparator;
import org.gradle.api.internal.artifacts.ivyservice.ivyresolve.strategy.DefaultVersionSelectorScheme;
import org.gradle.api.internal.artifacts.ivyservice.ivyresolve.strategy.Version;
import org.gradle.api.internal.artifacts.ivyservice.ivyresolve.strategy.VersionParser;
import org.gradle.api.internal.artifacts.ivyservice.ivyresolve.strategy.VersionSelector;

public class Selectors {
    static final String[] PARTS = {"0", "1", "9", "10", "100", "2020", "a", "alpha", "B", "beta", "rc", "dev", "M", "jre", "legacy", "x"};
    static final String[] MARKS = {".", ".", ".", "-", "_", "+", ""};
    static final String[] KNOWN = {
        "9", "9.0", "9.0.0", "9.0.1", "9.0.0-rc1", "9.0.0-rc-1", "8.0.2", "8.0", "8.9.9", "10.0.0", "90.0", "20.0.0-legacy", "20.0.0",
        "6.0.0-RC1", "6.0.0", "5.12.4", "1.0-dev", "1.0-alpha", "1.0-zeta", "1.0.a", "1.0a", "1..0", "v9.0.0", "31.1-jre", "",
    };
    static final String[] SELECTORS = {
        "9.+", "9+", "+", "8.0.+", "9.0.0", "[8.0,9.0)", "[8.0,9.0]", "]8.0,9.0[", "(8.0,9.0)",
        "[8.0, 10.0[", "(,9.0]", "(,9.0)", "[9.0,)", "(9.0,)", "]9.0,)", "[9.0.0]", "[8.0,9.0),[10.0,11.0)", "[9", "],9.0]", "[9.0,]",
        "[,9.0]", "9.0-+", "[1.0,1.0]", "(8.0)", "[9.0,8.0]",
    };

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        out.println("# Written by tests/oracles/gradle/Selectors.java around Gradle 4.4.1; see there how.");
        DefaultVersionComparator comparator = new DefaultVersionComparator();
        Random random = new Random(20261125);
        Set<String> versions = new LinkedHashSet<>(List.of(KNOWN));
        while (versions.size() < 160) {
            StringBuilder text = new StringBuilder();
            int parts = 1 + random.nextInt(4);
            for (int part = 0; part < parts; part++) {
                if (part > 0) {
                    text.append(MARKS[random.nextInt(MARKS.length)]);
                }
                text.append(PARTS[random.nextInt(PARTS.length)]);
            }
            versions.add(text.toString());
        }
        List<String> list = new ArrayList<>(versions);
        VersionParser parser = new VersionParser();
        for (int i = 0; i < list.size(); i++) {
            for (int j = i; j < list.size(); j++) {
                String a = list.get(i);
                String b = list.get(j);
                Version first = parser.transform(a);
                Version second = parser.transform(b);
                int order = comparator.asVersionComparator().compare(first, second);
                if (order > 0) {
                    String swap = a;
                    a = b;
                    b = swap;
                }
                out.println("gradle-order\t" + a + "\t" + (order == 0 ? "=" : "<") + "\t" + b);
            }
        }
        DefaultVersionSelectorScheme scheme = new DefaultVersionSelectorScheme(comparator);
        for (String text : SELECTORS) {
            VersionSelector selector = scheme.parseSelector(text);
            for (String version : list) {
                boolean leadsUp = text.matches(".*[)\\[]$") && version.startsWith("9.0") && !version.equals("9.0");
                if (!version.isEmpty() && !(leadsUp && !text.endsWith(",)"))) {
                    out.println((selector.accept(version) ? "gradle-in" : "gradle-out") + "\t" + text + "\t" + version);
                }
            }
        }
    }
}
