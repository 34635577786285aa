package org.acme.build;

import org.gradle.api.Plugin;
import org.gradle.api.Project;

public class KubePlugin implements Plugin<Project> {
    private static final String FABRIC8 = "io.fabric8:kubernetes-client:4.6.0";

    @Override
    public void apply(Project project) {
        project.getDependencies().add("implementation", "io.kubernetes:client-java:8.0.2");
        project.getDependencies().add("api", FABRIC8);
        add(project, "io.fabric8:openshift-client:4.6.0");
    }

    private void add(Project project, String version) {
        String name = "io.fabric8:kubernetes-client-api:" + version;
        project.getDependencies().add("testImplementation", "io.kubernetes:client-java-extended:" + version);
    }
}
