package com.acme;

public class Deps {
    public static final String K8S = "8.0.2";
    public static final String CLOUD = "2022.0.0";

    public static class Libs {
        public static final String CLIENT = "io.kubernetes:client-java:" + K8S;
    }
}
