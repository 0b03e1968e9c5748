//! What an experiment asks of this computer: said by `lab check`, and refused by `lab run`, before anything heavy starts.
//!
//! Plugins and the experiment's own counts give lower bounds, so that what is refused could not have been finished.

use lab_core::Error;
use lab_core::config::{Experiment, Location};
use lab_core::demand::Demand;

use super::parts::Parts;
use super::plan::Plan;
use crate::{Result, groups};

/// Number of steps of a day, at a thousand steps a second.
const MANY_STEPS: f64 = 86_400.0 * 1000.0;
/// Size of a stored number in bytes.
const NUMBER: f64 = 8.0;

/// Work of an experiment, and where it is asked for.
struct Work {
    what: &'static str,
    at: Location,
    demand: Demand,
}

impl Plan {
    /// What needs more memory than this computer has: a run of it is refused, with the two numbers and what to lower.
    pub fn too_large(&self) -> Vec<Error> {
        let memory = memory();
        let works = works(&self.experiment, &self.parts).into_iter();
        let large = works.filter(|work| work.demand.bytes > memory);
        large.map(|work| work.too_large(memory)).collect()
    }

    /// Whether the two largest parts of the work, which may be at work side by side, fit into this computer's memory together, as far
    /// as plugins know.
    pub(crate) fn has_room_for_two(&self) -> bool {
        let works = works(&self.experiment, &self.parts);
        let mut bytes: Vec<f64> = works.iter().map(|work| work.demand.bytes).collect();
        bytes.sort_unstable_by(|a, b| b.total_cmp(a));
        bytes.iter().take(2).sum::<f64>() <= memory()
    }

    /// What takes more than a day on any computer, a sentence each.
    pub fn too_long(&self) -> Vec<String> {
        let works = works(&self.experiment, &self.parts).into_iter();
        let long = works.filter(|work| work.demand.steps > MANY_STEPS);
        long.map(Work::too_long).collect()
    }

    /// Refuses what needs more memory than this computer has.
    ///
    /// # Errors
    /// The first of [`Plan::too_large`].
    pub fn check_sizes(&self) -> Result<()> {
        let first = self.too_large().into_iter().next();
        first.map_or(Ok(()), |error| Err(error.into()))
    }
}

impl Work {
    fn too_large(self, memory: f64) -> Error {
        let Self { what, at, demand } = self;
        Error::Config {
            at,
            message: format!(
                "{what} cannot be finished: it needs at least {} of memory, and there are {}",
                amount(demand.bytes),
                amount(memory)
            ),
            hint: format!("lower {}", demand.lower),
        }
    }

    fn too_long(self) -> String {
        let Self { what, at, demand } = self;
        let Demand { steps, lower, .. } = demand;
        let days = steps / MANY_STEPS;
        format!(
            "{at}: {what} cannot be finished: {steps} steps are {days:.0} days at a thousand a second; lower {lower}"
        )
    }
}

fn works(experiment: &Experiment, parts: &Parts) -> Vec<Work> {
    let work = |what, at, demand| Work { what, at, demand };
    let generator = &parts.generator.plugin;
    let image = generator.image_shape();
    let n_latents = generator.latent_space().n_latents;
    let (members, per_pass) = (experiment.ensemble.members, experiment.ensemble.per_pass);
    let mut works = vec![
        work(
            "the dataset",
            experiment.dataset.location(),
            parts.dataset.demand(),
        ),
        work(
            "the generator",
            experiment.generator.location(),
            generator.demand(),
        ),
    ];
    if let Some(corpus) = &parts.generator.corpus {
        let at = experiment.generator.location();
        works.push(work("the generator's corpus", at, corpus.demand()));
    }
    let features = parts.features.iter().zip(&experiment.features);
    for (net, part) in features.chain(parts.observers.iter().zip(&experiment.observers)) {
        works.push(work("a network", part.location(), net.plugin.demand(image)));
        if let Some(corpus) = &net.corpus {
            works.push(work("a network's corpus", part.location(), corpus.demand()));
        }
    }
    let at_once = per_pass.min(members);
    let decoder = parts.decoder.demand(n_latents, at_once);
    works.push(work("the decoder", experiment.decoder.location(), decoder));
    for (overfit, part) in parts.overfit.iter().zip(&experiment.overfit) {
        let demand = overfit.demand(n_latents, 1);
        works.push(work("the overfit check", part.location(), demand));
    }
    let n_images = parts.dataset.n_images().unwrap_or(1.0);
    let own = |key: &str| experiment.place(key);
    works.push(work(
        "the ensemble",
        own("ensemble"),
        ensemble(members, n_latents, n_images),
    ));
    works.push(work(
        "scoring",
        own("scores"),
        scores(experiment, n_latents, n_images),
    ));
    works
}

/// What the latents of every member demand.
fn ensemble(members: usize, n_latents: usize, n_images: f64) -> Demand {
    Demand {
        bytes: NUMBER * members as f64 * n_latents as f64 * n_images,
        steps: members as f64,
        lower: "ensemble.members",
    }
}

/// What null distributions, draws, foils and the search for the ceiling demand.
fn scores(experiment: &Experiment, n_latents: usize, n_images: f64) -> Demand {
    let scores = &experiment.scores;
    let draws = scores.n_permutations as f64 + scores.n_bootstrap as f64;
    let own = Demand {
        bytes: NUMBER * (draws + scores.n_foils as f64 * n_images),
        steps: draws,
        lower: "scores.n_permutations, scores.n_bootstrap, scores.n_foils or scores.inversion",
    };
    own.and(scores.inversion.demand(n_latents))
}

/// Memory of this computer in bytes, or the limit of this process's group, which is a container's or that of a cluster's job.
fn memory() -> f64 {
    let about = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    usable(&about, groups::memory())
}

/// The memory in bytes that the system's own words and a limit leave.
fn usable(about: &str, limit: Option<u64>) -> f64 {
    let kilobytes = about.lines().find_map(|line| {
        let rest = line.strip_prefix("MemTotal:")?;
        rest.split_whitespace().next()?.parse::<f64>().ok()
    });
    let total = kilobytes.map_or(f64::INFINITY, |kilobytes| kilobytes * 1024.0);
    limit.map_or(total, |limit| total.min(limit as f64))
}

/// Bytes as text, with one decimal and a unit from kB to EB.
fn amount(bytes: f64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    let mut value = bytes / 1000.0;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if value >= 1e6 {
        return format!("{value:.1e} {}", UNITS[unit]);
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::{amount, memory, usable};
    use crate::groups::memory_limit;

    /// Slurm sets the limit of a job some groups below the root.
    #[test]
    fn the_limit_of_a_cluster_job_counts() {
        let root = tempfile::tempdir().unwrap();
        let job = root.path().join("slurmstepd.scope/job_7");
        std::fs::create_dir_all(job.join("step_batch/user")).unwrap();
        std::fs::write(job.join("memory.max"), "1048576\n").unwrap();
        let own = "0::/slurmstepd.scope/job_7/step_batch/user\n";
        let limit = memory_limit(own, root.path());
        let about = "MemTotal:       4096 kB\nMemFree: 12 kB\n";
        assert!((usable(about, limit) - 1_048_576.0).abs() < 0.5);
        assert!((usable(about, None) - 4_194_304.0).abs() < 0.5);
    }

    #[test]
    fn amounts_have_the_unit_that_keeps_them_short() {
        assert_eq!(amount(1500.0), "1.5 kB");
        assert_eq!(amount(16.4e9), "16.4 GB");
        assert_eq!(amount(2.5e30), "2.5e12 EB");
        assert!(memory() > 1e6);
    }
}
