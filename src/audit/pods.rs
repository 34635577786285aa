//! The list of a cluster's pods, as `kubectl get pods --all-namespaces -o json` prints it: it says which workload a pod is of, which image
//! it runs, and whose an address is.
//!
//! Traps:
//! - A pod with the host's network has the node's address, which it shares with others: such an address names no pod.
//! - Addresses are given to other pods later. A list from long after the log may name the wrong one, so what comes from it is said to.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use serde::Deserialize;

use super::workload::{Workload, of_job, of_replica_set};

/// The pods, by name and by address.
#[derive(Clone, Debug, Default)]
pub struct Pods {
    /// By namespace and name.
    by_name: BTreeMap<(String, String), Pod>,
    /// The pod that alone has an address.
    by_address: BTreeMap<String, (String, String)>,
    /// The addresses of nodes, and of several pods.
    shared: BTreeSet<String>,
}

/// One pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its service account.
    pub account: String,
    /// What it belongs to.
    pub workload: Workload,
    /// The images it runs.
    pub images: BTreeSet<String>,
}

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    kind: String,
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    kind: String,
    metadata: Metadata,
    #[serde(default)]
    spec: Spec,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    owner_references: Vec<Owner>,
}

#[derive(Deserialize)]
struct Owner {
    kind: String,
    name: String,
    #[serde(default)]
    controller: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    service_account_name: String,
    host_network: bool,
    containers: Vec<Container>,
}

#[derive(Deserialize)]
struct Container {
    #[serde(default)]
    image: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    #[serde(rename = "podIP")]
    pod_ip: String,
    #[serde(rename = "podIPs")]
    pod_ips: Vec<Address>,
}

#[derive(Deserialize)]
struct Address {
    #[serde(default)]
    ip: String,
}

impl Pods {
    /// Reads a list.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(reader: impl Read) -> Result<Pods, String> {
        let List { kind, items } = serde_json::from_reader(reader).map_err(|error| error.to_string())?;
        let others = items.iter().map(|item| item.kind.as_str()).find(|kind| !matches!(*kind, "" | "Pod"));
        if let Some(other) = Some(kind.as_str()).filter(|kind| !matches!(*kind, "" | "List" | "PodList")).or(others) {
            return Err(format!("it holds a {other}"));
        }
        if items.is_empty() {
            return Err("it holds no pod".to_owned());
        }
        let mut pods = Pods::default();
        for item in items {
            let key = (item.metadata.namespace.clone(), item.metadata.name.clone());
            let addresses = item.status.pod_ips.iter().map(|address| &address.ip).chain([&item.status.pod_ip]);
            for address in addresses.filter(|address| !address.is_empty()) {
                match pods.by_address.get(address) {
                    _ if item.spec.host_network => {
                        pods.shared.insert(address.clone());
                    }
                    Some(other) if *other != key => {
                        pods.shared.insert(address.clone());
                    }
                    _ => {
                        pods.by_address.insert(address.clone(), key.clone());
                    }
                }
            }
            pods.by_name.insert(key, pod(item));
        }
        // A pod that has ended keeps its address in the list.
        pods.by_address.retain(|address, _| !pods.shared.contains(address));
        Ok(pods)
    }

    /// A pod by its name.
    pub fn find(&self, namespace: &str, name: &str) -> Option<&Pod> {
        self.by_name.get(&(namespace.to_owned(), name.to_owned()))
    }

    /// Whether a pod runs as a service account.
    pub fn has_account(&self, namespace: &str, account: &str) -> bool {
        self.by_name.values().any(|pod| pod.namespace == namespace && pod.account == account)
    }

    /// The pod that has an address.
    pub fn at(&self, address: &str) -> Option<&Pod> {
        self.by_address.get(address).and_then(|key| self.by_name.get(key))
    }

    /// Whether several pods have an address, or a node does whose network a pod has.
    pub fn is_shared(&self, address: &str) -> bool {
        self.shared.contains(address)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}

fn pod(item: Item) -> Pod {
    let owners = &item.metadata.owner_references;
    let owner = owners.iter().find(|owner| owner.controller).or(owners.first());
    let of = |kind: &str, name: &str| Workload { kind: kind.into(), name: name.into(), is_guess: false };
    let workload = match owner {
        None => of("Pod", &item.metadata.name),
        Some(owner) => match (owner.kind.as_str(), of_replica_set(&owner.name), of_job(&owner.name)) {
            ("ReplicaSet", Some(deployment), _) => of("Deployment", deployment),
            ("Job", _, Some(cron_job)) => of("CronJob", cron_job),
            (kind, _, _) => of(kind, &owner.name),
        },
    };
    Pod {
        namespace: item.metadata.namespace,
        name: item.metadata.name,
        // Admission sets it, so only a pod that was never admitted lacks it.
        account: if item.spec.service_account_name.is_empty() {
            "default".into()
        } else {
            item.spec.service_account_name
        },
        workload,
        images: item.spec.containers.into_iter().map(|container| container.image).filter(|i| !i.is_empty()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_are_found_by_name_and_by_their_own_address() {
        let list = r#"{"apiVersion": "v1", "kind": "List", "items": [
            {"metadata": {"name": "cart-7d9f6c5b8-x2x9z", "namespace": "shop", "ownerReferences":
                [{"kind": "ReplicaSet", "name": "cart-7d9f6c5b8", "controller": true}]},
             "spec": {"serviceAccountName": "cart", "containers": [{"image": "cart:1"}]},
             "status": {"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]}},
            {"metadata": {"name": "proxy-4xk2p", "namespace": "kube-system"},
             "spec": {"hostNetwork": true, "containers": []}, "status": {"podIP": "192.0.2.1"}},
            {"metadata": {"name": "old", "namespace": "shop"}, "status": {"podIP": "10.0.0.9"}},
            {"metadata": {"name": "new", "namespace": "shop"}, "status": {"podIP": "10.0.0.9"}}
        ]}"#;
        let pods = Pods::read(list.as_bytes()).unwrap();
        let cart = pods.at("fd00::1").unwrap();
        assert_eq!(
            (cart.account.as_str(), cart.workload.kind.as_str(), cart.workload.name.as_str()),
            ("cart", "Deployment", "cart")
        );
        assert_eq!(pods.find("kube-system", "proxy-4xk2p").map(|pod| pod.account.as_str()), Some("default"));
        assert_eq!((pods.at("192.0.2.1"), pods.at("10.0.0.9")), (None, None));
        let shared = ["192.0.2.1", "10.0.0.9", "10.0.0.1", "198.51.100.1"].map(|address| pods.is_shared(address));
        assert_eq!(shared, [true, true, false, false]);
        assert!(Pods::read(&b"[1]"[..]).is_err() && Pods::read(&b"{\"items\": [{}]}"[..]).is_err());
        assert!(pods.has_account("shop", "cart") && !pods.has_account("shop", "ok"));
        for other in [
            r#"{"items": []}"#,
            r#"{"kind": "DeploymentList", "items": [{"metadata": {"name": "a"}}]}"#,
            r#"{"kind": "List", "items": [{"kind": "Deployment", "metadata": {"name": "a"}}]}"#,
        ] {
            assert!(Pods::read(other.as_bytes()).is_err(), "{other}");
        }
    }
}
