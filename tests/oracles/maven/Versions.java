// Writes the verdicts of Maven's own ComparableVersion and VersionRange (maven-artifact 3.8.7), in the line format of
// tests/fixtures/versions.rs.
//
// Debian's package maven brings the library; from this folder:
//
//     java -cp '/usr/share/maven/lib/*' Versions.java > ../../versions/maven-oracle.txt
//
// Where Maven takes a deployed snapshot for -SNAPSHOT before it compares, so does this.

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.maven.artifact.versioning.ComparableVersion;
import org.apache.maven.artifact.versioning.DefaultArtifactVersion;
import org.apache.maven.artifact.versioning.InvalidVersionSpecificationException;
import org.apache.maven.artifact.versioning.Restriction;
import org.apache.maven.artifact.versioning.VersionRange;

public class Versions {
    static final long SEED = 20260115;
    static final Pattern STAMPED = Pattern.compile("^(.*)-([0-9]{8}\\.[0-9]{6})-([0-9]+)$");

    static final String[] RELEASES = {
        "1.0.0-beta1", "1.0.0-beta2", "1.0.0", "2.0.0-beta1", "2.0.0", "3.0.0-beta1", "3.0.0", "4.0.0-beta1", "4.0.0", "5.0.0",
        "6.0.0", "6.0.1", "7.0.0", "8.0.0", "8.0.1", "8.0.2", "9.0.0", "9.0.1", "9.0.2", "10.0.0", "10.0.1", "11.0.0",
        "11.0.4", "12.0.0", "12.0.1", "13.0.2", "14.0.1", "15.0.1", "16.0.3", "17.0.2", "18.0.1", "19.0.3", "20.0.0",
        "20.0.0-legacy", "20.0.1-legacy", "20.0.1", "21.0.2-legacy", "21.0.2", "22.0.1-legacy", "22.0.1", "25.0.0-legacy",
        "25.0.0", "27.0.0", "4.13.3", "5.0.0-alpha-1", "5.0.0-alpha-3", "5.0.0", "5.7.4", "5.8.0", "5.12.3", "5.12.4",
        "6.0.0-RC1", "6.0.0", "6.1.0", "6.1.1", "6.13.5", "7.0-SNAPSHOT", "7.3.1", "1.1.10.RELEASE", "1.0.0.RELEASE",
        "2.0.0-M1", "2.1.0", "Hoxton.SR12", "Hoxton.RC1", "Hoxton.M3", "2020.0.3", "3.0.0-RC2", "1.0.0.Alpha1", "1.0.0.Beta2",
        "1.0.0.CR1", "1.0.0.Final", "3.2.1.Final-redhat-00001", "31.1-jre", "31.1-android", "r07", "1.0.0.Final-redhat-1",
        "9.0.0.redhat-00001", "2.12_1.0", "2.3-SNAPSHOT", "9.0.0-20200612.101112-1", "9.0.0-20200613.000000-12",
    };
    static final String[] BASES = {"9", "9.0", "9.0.0", "9.0.0.0", "9.0.1", "8.9", "10", "0", "1.0.10"};
    static final String[] SUFFIXES = {
        "", "-", ".", "-0", ".0", "-1", ".1", "-01", "-alpha", "-alpha1", "-alpha-1", ".alpha.1", "a1", "-a1", "-a", "a", "-a-1",
        "-beta", "-beta2", "b2", "-b2", "-b", "-milestone1", "-m1", "m1", "-M1", "-m", "-rc", "-rc1", "-rc.1", "-RC-1", "-cr1",
        ".CR1", "-SNAPSHOT", "-snapshot", ".SNAPSHOT", "SNAPSHOT", "-20200101.120000-1", "-final", ".Final", "Final", "-ga", ".GA",
        "-release", ".RELEASE", "-sp", "-sp1", ".SP1", "sp1", "-jre", "-jre8", "-jdk11", "-legacy", "-dev", "-preview", "-pre1",
        "-ea", "-incubating", "-redhat-00001", ".redhat-1", "-xyz", "-X", "_1", "-1-1", "-1.1", ".1-1", ".ga.1", ".sp.1", ".a.1",
        "-0-1", "-0.1", "..1", "--1", "-.1", "+build", "-alpha.sp", "-sp.0.1", "-final-1", "-ga1", "-99999999999999999999",
    };
    static final String[] TOKENS = {
        "0", "00", "1", "01", "2", "9", "10", "11", "99", "123456789", "1234567890", "123456789012345678", "1234567890123456789",
        "99999999999999999999999", "a", "b", "m", "alpha", "Alpha", "beta", "milestone", "rc", "cr", "RC", "snapshot", "SNAPSHOT",
        "", "ga", "final", "release", "sp", "SP", "x", "xyz", "jre", "dev", "_", "legacy", "redhat", "-", ".", "-", ".", ".", "-",
    };
    static final String WILD = "019aAbBmMzZ.-.-.-_+~!#%^=;'$ \u00e9\u00c9\u00df\u03b1\u2126\ufb01\uff71\u4e2d\ue000";

    final Random random = new Random(SEED);
    final Set<String> lines = new LinkedHashSet<>();

    public static void main(String[] arguments) throws Exception {
        Versions versions = new Versions();
        versions.orders();
        versions.ranges();
        try (PrintStream out = new PrintStream(System.out, false, "UTF-8")) {
            out.println("# Written by tests/oracles/maven/Versions.java around maven-artifact 3.8.7; see there how.");
            for (String line : versions.lines) {
                out.println(line);
            }
        }
    }

    void orders() {
        for (int i = 0; i < RELEASES.length; i++) {
            for (int j = i; j < RELEASES.length; j++) {
                order(RELEASES[i], RELEASES[j]);
            }
        }
        for (int i = 0; i < SUFFIXES.length; i++) {
            for (int j = i; j < SUFFIXES.length; j++) {
                order("9.0.0" + SUFFIXES[i], "9.0.0" + SUFFIXES[j]);
                if (random.nextInt(3) == 0) {
                    order(pick(BASES) + SUFFIXES[i], pick(BASES) + SUFFIXES[j]);
                }
            }
        }
        for (int i = 0; i < 6000; i++) {
            order(tokens(), tokens());
        }
        for (int i = 0; i < 3000; i++) {
            // Neighbours: a text and the same with one token more or less.
            String text = tokens();
            order(text, random.nextBoolean() ? text + pick(TOKENS) : pick(TOKENS) + text);
        }
        for (int i = 0; i < 2500; i++) {
            order(wild(), wild());
        }
    }

    void ranges() throws Exception {
        for (int i = 0; i < 4500; i++) {
            String text = range();
            VersionRange range = parse(text);
            if (range == null) {
                continue;
            }
            String candidate = random.nextInt(3) == 0 ? near(text) : version();
            boolean inside = range.containsVersion(new DefaultArtifactVersion(stamped(candidate)));
            lines.add((inside ? "in" : "out") + "\tmaven\t" + escape(text) + "\t" + escape(candidate));
            String minimum = random.nextInt(3) == 0 ? near(text) : version();
            lines.add(side(range, new DefaultArtifactVersion(minimum)) + "\tmaven\t" + escape(text) + "\t" + escape(minimum));
        }
        for (int i = 0; i < 4000; i++) {
            String text = broken(range());
            if (text.isBlank() || parse(text) != null || overlaps(text)) {
                continue;
            }
            lines.add("refuse-range\tmaven\t" + escape(text));
        }
    }

    /** Where the whole range lies, decided on its bounds alone: between two versions there is always another. */
    static String side(VersionRange range, DefaultArtifactVersion minimum) {
        boolean below = false;
        boolean above = false;
        for (Restriction part : range.getRestrictions()) {
            below |= part.getLowerBound() == null || part.getLowerBound().compareTo(minimum) < 0;
            int upper = part.getUpperBound() == null ? 1 : part.getUpperBound().compareTo(minimum);
            above |= upper > 0 || upper == 0 && part.isUpperBoundInclusive();
        }
        return below && above ? "straddles" : below ? "below" : "above";
    }

    void order(String a, String b) {
        if (bad(a) || bad(b)) {
            return;
        }
        int order = new ComparableVersion(stamped(a)).compareTo(new ComparableVersion(stamped(b)));
        String low = order <= 0 ? a : b;
        String high = order <= 0 ? b : a;
        lines.add("order\t" + escape(low) + "\t" + (order == 0 ? "=" : "<") + "\t" + escape(high));
    }

    /** What the reader refuses before any order is asked: nothing at all, and placeholders. */
    static boolean bad(String text) {
        return text.isBlank() || !text.equals(text.trim()) || text.contains("${");
    }

    static String stamped(String text) {
        Matcher matcher = STAMPED.matcher(text);
        return matcher.matches() ? matcher.group(1) + "-SNAPSHOT" : text;
    }

    static VersionRange parse(String text) {
        try {
            return VersionRange.createFromVersionSpec(text);
        } catch (InvalidVersionSpecificationException e) {
            return null;
        }
    }

    /** Whether it is refused only because its sets overlap, which Maven's resolver accepts. */
    static boolean overlaps(String text) {
        try {
            VersionRange.createFromVersionSpec(text);
            return false;
        } catch (InvalidVersionSpecificationException e) {
            return e.getMessage().startsWith("Ranges overlap");
        }
    }

    String tokens() {
        StringBuilder text = new StringBuilder();
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            text.append(pick(TOKENS));
        }
        return text.toString();
    }

    String wild() {
        StringBuilder text = new StringBuilder();
        for (int i = 1 + random.nextInt(8); i > 0; i--) {
            text.append(WILD.charAt(random.nextInt(WILD.length())));
        }
        return text.toString();
    }

    /** A version for ranges, where Maven compares a deployed snapshot's time as text. */
    String version() {
        String release = pick(RELEASES);
        return random.nextInt(3) == 0 && !STAMPED.matcher(release).matches()
            ? release
            : random.nextInt(12) + "." + random.nextInt(3) + (random.nextBoolean() ? "." + random.nextInt(3) : "")
                + (random.nextInt(4) == 0 ? pick(new String[] {"-SNAPSHOT", "-beta1", "-rc1", ".Final", "-legacy", "-1"}) : "");
    }

    /** One of the versions that a requirement names. */
    String near(String text) {
        String[] words = text.split("[\\[\\](), ]+");
        List<String> named = new ArrayList<>();
        for (String word : words) {
            if (!word.isEmpty()) {
                named.add(word);
            }
        }
        return named.isEmpty() ? version() : named.get(random.nextInt(named.size()));
    }

    String range() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(4) == 0 ? 2 + random.nextInt(2) : 1; i > 0; i--) {
            String blank = random.nextInt(6) == 0 ? " " : "";
            text.append(text.length() == 0 || random.nextInt(8) == 0 ? blank : "," + blank);
            switch (random.nextInt(6)) {
                case 0:
                    text.append('[').append(version()).append(']');
                    break;
                case 1:
                    text.append(pick(new String[] {"[", "("})).append(version()).append(',').append(blank).append(')');
                    break;
                case 2:
                    text.append("(,").append(blank).append(version()).append(pick(new String[] {"]", ")"}));
                    break;
                default:
                    text.append(pick(new String[] {"[", "("})).append(version()).append(blank).append(',').append(blank)
                        .append(version()).append(pick(new String[] {"]", ")"}));
            }
        }
        return text.toString().trim();
    }

    /** The same with a character dropped, doubled or put in, still opening as a range. */
    String broken(String text) {
        int at = 1 + random.nextInt(text.length() - 1);
        switch (random.nextInt(3)) {
            case 0:
                return text.substring(0, at) + text.substring(at + 1);
            case 1:
                return text.substring(0, at) + "[](),".charAt(random.nextInt(5)) + text.substring(at);
            default:
                return text.substring(0, at);
        }
    }

    String pick(String[] words) {
        return words[random.nextInt(words.length)];
    }

    static String escape(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (c == '\\') {
                out.append("\\\\");
            } else if (c == '\t') {
                out.append("\\t");
            } else if (c > 126 || c < 32) {
                out.append("\\u{").append(Integer.toHexString(c)).append('}');
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.toString();
    }
}
