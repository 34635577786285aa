// Compares the trees of tests/resolve/maven with the effective models that Maven's own model builder (3.8.7) makes of them: the
// versions of all dependencies of all POMs, as they are and with each profile asked for. A tree's own POMs stand in for the
// repository. What our files call unknown, managed or a plugin's is not compared.
//
// Debian's package maven brings the library; from this folder:
//
//     java -cp '/usr/share/maven/lib/*' EffectiveModels.java ../../resolve/maven
//
// With -Dverbose=true it says why Maven refuses a POM.

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.maven.model.Dependency;
import org.apache.maven.model.Model;
import org.apache.maven.model.Parent;
import org.apache.maven.model.Profile;
import org.apache.maven.model.Repository;
import org.apache.maven.model.building.DefaultModelBuilder;
import org.apache.maven.model.building.DefaultModelBuilderFactory;
import org.apache.maven.model.building.DefaultModelBuildingRequest;
import org.apache.maven.model.building.FileModelSource;
import org.apache.maven.model.building.ModelBuildingException;
import org.apache.maven.model.building.ModelBuildingRequest;
import org.apache.maven.model.building.ModelSource;
import org.apache.maven.model.io.xpp3.MavenXpp3Reader;
import org.apache.maven.model.resolution.ModelResolver;
import org.apache.maven.model.resolution.UnresolvableModelException;

public class EffectiveModels {
    static final Pattern LINE = Pattern.compile(
        "^(\\S+?):\\d+:\\d+-\\d+:\\d+ `.*?` (\\S+) declared (?:None|Some\\(\"(.*?)\"\\)) (exactly (\\S+)|within .*?|unknown: .*?|\\w+\\(.*?\\)); (\\w+).*$");

    public static void main(String[] arguments) throws Exception {
        int wrong = 0;
        List<Path> cases;
        try (Stream<Path> list = Files.list(Path.of(arguments[0]))) {
            cases = list.filter(path -> path.toString().endsWith(".in")).sorted().collect(Collectors.toList());
        }
        for (Path root : cases) {
            wrong += compare(root);
        }
        System.out.println(cases.size() + " trees, " + wrong + " differences");
        System.exit(wrong == 0 ? 0 : 1);
    }

    static int compare(Path root) throws Exception {
        Set<String> maven = new TreeSet<>();
        Tree tree = new Tree(root);
        if (tree.raw.isEmpty()) {
            // A tree of another tool.
            return 0;
        }
        boolean complete = true;
        for (Path pom : tree.raw.keySet()) {
            if (pom.toString().endsWith(".pom")) {
                continue;
            }
            List<List<String>> choices = new ArrayList<>();
            choices.add(List.of());
            for (String profile : tree.profiles) {
                choices.add(List.of(profile));
            }
            for (List<String> active : choices) {
                Model model;
                try {
                    model = tree.effective(pom, active);
                } catch (ModelBuildingException e) {
                    if (Boolean.getBoolean("verbose")) {
                        System.out.println("  " + pom + " " + active + ": " + e.getMessage());
                    }
                    // After an error that does not stop it, Maven has built all the rest.
                    model = e.getResult() == null ? null : e.getResult().getEffectiveModel();
                }
                if (model == null) {
                    complete = false;
                    continue;
                }
                for (Dependency dependency : model.getDependencies()) {
                    maven.add(dependency.getGroupId() + ":" + dependency.getArtifactId() + " " + dependency.getVersion());
                }
            }
        }
        Set<String> ours = new TreeSet<>();
        String name = root.getFileName().toString();
        Path expected = root.resolveSibling(name.substring(0, name.length() - ".in".length()) + ".deps");
        for (String line : Files.readAllLines(expected)) {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches() || matcher.group(6).equals("managed") || matcher.group(6).equals("build")) {
                continue;
            }
            if (matcher.group(5) != null) {
                ours.add(matcher.group(2) + " " + matcher.group(5));
            } else if (matcher.group(4).startsWith("within")) {
                String range = matcher.group(4).substring("within ".length()).replace(" ", "");
                ours.add(matcher.group(2) + " " + (range.equals("(,)") ? matcher.group(3) : range));
            }
        }
        Set<String> own = tree.own();
        ours.removeIf(line -> line.contains("${"));
        maven.removeIf(line -> own.contains(line) || line.endsWith(" null") || line.contains("${"));
        Set<String> missing = new TreeSet<>(maven);
        missing.removeAll(ours);
        Set<String> extra = new TreeSet<>(ours);
        extra.removeAll(maven);
        if (!complete) {
            // Without its parent Maven builds nothing at all of a POM; the text of the POM speaks all the same.
            extra.clear();
        }
        for (String line : missing) {
            System.out.println(root + ": Maven has " + line);
        }
        for (String line : extra) {
            System.out.println(root + ": Maven does not have " + line);
        }
        return missing.size() + extra.size();
    }

    /** The POMs of one tree, which stand in for the repository and the reactor. */
    static class Tree {
        final Map<Path, Model> raw = new HashMap<>();
        final Set<String> profiles = new TreeSet<>();
        final Map<Path, Path> aggregator = new HashMap<>();

        final Path root;

        Tree(Path root) throws Exception {
            this.root = root;
            try (Stream<Path> walk = Files.walk(root)) {
                for (Path path : walk.sorted().collect(Collectors.toList())) {
                    String name = path.getFileName().toString();
                    if (!Files.isRegularFile(path) || !(name.endsWith("pom.xml") || name.endsWith(".pom"))) {
                        continue;
                    }
                    try (var in = Files.newInputStream(path)) {
                        Model model = new MavenXpp3Reader().read(in);
                        raw.put(path.toAbsolutePath().normalize(), model);
                        for (Profile profile : model.getProfiles()) {
                            profiles.add(profile.getId());
                        }
                    } catch (Exception e) {
                        System.out.println("  unreadable: " + path);
                    }
                }
            }
            for (Map.Entry<Path, Model> entry : raw.entrySet()) {
                List<String> modules = new ArrayList<>(entry.getValue().getModules());
                entry.getValue().getProfiles().forEach(profile -> modules.addAll(profile.getModules()));
                for (String module : modules) {
                    Path path = entry.getKey().getParent().resolve(module).normalize();
                    aggregator.put(Files.isDirectory(path) ? path.resolve("pom.xml") : path, entry.getKey());
                }
            }
        }

        Path top(Path pom) {
            ArrayDeque<Path> seen = new ArrayDeque<>(List.of(pom));
            while (aggregator.containsKey(seen.peekLast()) && seen.size() < 50) {
                seen.addLast(aggregator.get(seen.peekLast()));
            }
            return seen.peekLast();
        }

        static String group(Model model) {
            return model.getGroupId() != null || model.getParent() == null ? model.getGroupId() : model.getParent().getGroupId();
        }

        static String version(Model model) {
            return model.getVersion() != null || model.getParent() == null ? model.getVersion() : model.getParent().getVersion();
        }

        /** The tree's own packages with the versions that a build of it makes. */
        Set<String> own() {
            Set<String> own = new HashSet<>();
            for (Map.Entry<Path, Model> entry : raw.entrySet()) {
                if (entry.getKey().toString().endsWith(".pom")) {
                    continue;
                }
                try {
                    Model model = effective(entry.getKey(), List.of());
                    own.add(model.getGroupId() + ":" + model.getArtifactId() + " " + model.getVersion());
                } catch (ModelBuildingException e) {
                    own.add(group(entry.getValue()) + ":" + entry.getValue().getArtifactId() + " " + version(entry.getValue()));
                }
            }
            return own;
        }

        File find(String group, String artifact, String version, Path reactorOf) throws UnresolvableModelException {
            for (Map.Entry<Path, Model> entry : raw.entrySet()) {
                Model model = entry.getValue();
                boolean same = artifact.equals(model.getArtifactId()) && group.equals(group(model)) && version.equals(version(model));
                boolean installed = entry.getKey().toString().endsWith(".pom");
                if (same && (reactorOf == null || installed || top(entry.getKey()).equals(top(reactorOf)))) {
                    return entry.getKey().toFile();
                }
            }
            throw new UnresolvableModelException("not in the tree", group, artifact, version);
        }

        /** What the arguments in `.mvn` at the root of the tree define. */
        Properties arguments(String name) {
            Properties properties = new Properties();
            try {
                for (String word : Files.readString(root.resolve(".mvn").resolve(name)).split("\\s+")) {
                    if (word.startsWith("-D") && word.contains("=")) {
                        properties.setProperty(word.substring(2, word.indexOf('=')), word.substring(word.indexOf('=') + 1));
                    }
                }
            } catch (IOException e) {
                // There is none.
            }
            return properties;
        }

        Model effective(Path pom, List<String> active) throws ModelBuildingException {
            DefaultModelBuilder builder = new DefaultModelBuilderFactory().newInstance();
            DefaultModelBuildingRequest request = new DefaultModelBuildingRequest();
            request.setPomFile(pom.toFile());
            request.setActiveProfileIds(active);
            request.setUserProperties(arguments("maven.config"));
            request.setSystemProperties(arguments("jvm.config"));
            request.setProcessPlugins(false);
            request.setValidationLevel(ModelBuildingRequest.VALIDATION_LEVEL_MINIMAL);
            request.setModelResolver(new Resolver(this, pom));
            return builder.build(request).getEffectiveModel();
        }
    }

    static class Resolver implements ModelResolver {
        final Tree tree;
        final Path from;

        Resolver(Tree tree, Path from) {
            this.tree = tree;
            this.from = from;
        }

        public ModelSource resolveModel(String group, String artifact, String version) throws UnresolvableModelException {
            return new FileModelSource(tree.find(group, artifact, version, null));
        }

        public ModelSource resolveModel(Parent parent) throws UnresolvableModelException {
            return new FileModelSource(tree.find(parent.getGroupId(), parent.getArtifactId(), parent.getVersion(), from));
        }

        public ModelSource resolveModel(Dependency bom) throws UnresolvableModelException {
            return new FileModelSource(tree.find(bom.getGroupId(), bom.getArtifactId(), bom.getVersion(), null));
        }

        public void addRepository(Repository repository) {
        }

        public void addRepository(Repository repository, boolean replace) {
        }

        public ModelResolver newCopy() {
            return this;
        }
    }
}
