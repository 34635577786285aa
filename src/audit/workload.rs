//! The workload that a pod belongs to: by the list of pods where there is one, else by how controllers name pods.
//!
//! Traps:
//! - A name is a guess: `api-7d9f6c5b8-x2x9z` may as well be a pod that somebody called so. It is said which of the two it is.
//! - Names end in letters and digits from one alphabet without vowels (`k8s.io/apimachinery/pkg/util/rand`), so that `cart-redis` is no
//!   pod of `cart`.

/// The characters of generated names.
const GENERATED: &str = "bcdfghjklmnpqrstvwxz2456789";

/// What kind of controller makes a pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Workload {
    /// The kind: `Deployment`, `DaemonSet or Job`, `StatefulSet`, `Pod`, or what the list of pods says.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Whether the name of the pod is all that this comes from.
    pub is_guess: bool,
}

impl Workload {
    /// The workload that makes pods of such a name.
    pub fn of_pod(pod: &str) -> Workload {
        let guess = |kind: &str, name: &str| Workload { kind: kind.into(), name: name.into(), is_guess: true };
        let Some((rest, last)) = pod.rsplit_once('-') else { return guess("Pod", pod) };
        if rest.is_empty() {
            return guess("Pod", pod);
        }
        if !is_generated(last, 5..=5) {
            // A stateful set counts its pods.
            let is_number = !last.is_empty() && last.len() <= 5 && last.bytes().all(|byte| byte.is_ascii_digit());
            return if is_number { guess("StatefulSet", rest) } else { guess("Pod", pod) };
        }
        match rest.rsplit_once('-') {
            // A replica set's name ends in a hash of its template.
            Some((name, hash)) if !name.is_empty() && is_generated(hash, 6..=10) => guess("Deployment", name),
            // A cron job's jobs are numbered by the minute.
            Some((name, minute))
                if !name.is_empty()
                    && (8..=10).contains(&minute.len())
                    && minute.bytes().all(|b| b.is_ascii_digit()) =>
            {
                guess("CronJob", name)
            }
            _ => guess("DaemonSet or Job", rest),
        }
    }
}

fn is_generated(part: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&part.len()) && part.chars().all(|c| GENERATED.contains(c))
}

/// The name of a deployment, from that of its replica set.
pub(super) fn of_replica_set(name: &str) -> Option<&str> {
    let (deployment, hash) = name.rsplit_once('-')?;
    (!deployment.is_empty() && is_generated(hash, 6..=10)).then_some(deployment)
}

/// The name of a cron job, from that of its job.
pub(super) fn of_job(name: &str) -> Option<&str> {
    let (cron_job, minute) = name.rsplit_once('-')?;
    let is_minute = (8..=10).contains(&minute.len()) && minute.bytes().all(|byte| byte.is_ascii_digit());
    (!cron_job.is_empty() && is_minute).then_some(cron_job)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_are_named_after_what_makes_them() {
        let cases = [
            ("cart-7d9f6c5b8-x2x9z", "Deployment", "cart"),
            ("cart-api-7d9f6c5b8-x2x9z", "Deployment", "cart-api"),
            ("fluent-bit-4xk2p", "DaemonSet or Job", "fluent-bit"),
            ("prometheus-0", "StatefulSet", "prometheus"),
            // Five digits may be made up as well, and no stateful set has so many pods.
            ("cart-7d9f6c5b8-76648", "Deployment", "cart"),
            ("fluent-bit-76648", "DaemonSet or Job", "fluent-bit"),
            ("backup-29384640-zq8vx", "CronJob", "backup"),
            ("cart-redis", "Pod", "cart-redis"),
            ("toolbox", "Pod", "toolbox"),
            ("-x2x9z", "Pod", "-x2x9z"),
            ("", "Pod", ""),
        ];
        for (pod, kind, name) in cases {
            let found = Workload::of_pod(pod);
            assert_eq!((found.kind.as_str(), found.name.as_str()), (kind, name), "{pod}");
        }
    }
}
