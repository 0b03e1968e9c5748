//! Cards, the cluster's scheduler, Python, and variables.

use std::env;

use super::asked::{Answer, ask};
use super::{Finding, Group};
use crate::device::device;

/// The variables that this program reads, and what they do.
const VARIABLES: [(&str, &str); 11] = [
    ("LAB_CPU", "kernels use less of the processor"),
    (
        "LAB_CHECKPOINT_SECONDS",
        "seconds from a checkpoint to the next one",
    ),
    ("LAB_NO_PROGRESS", "no progress bars"),
    (
        "LAB_MOST_MB",
        "the most memory that a variable of a file may take",
    ),
    ("LAB_TEST_DATA", "real files for the tests"),
    ("LAB_SLOW", "tests that take minutes run too"),
    ("LAB_DEVICE", "tests on a card"),
    ("LAB_TEST_PYTHON", "a Python for the tests"),
    ("LAB_UPDATE", "tests rewrite golden files"),
    ("LAB_SKIPPED", "a file that lists skipped tests"),
    ("LAB_BENCH_FILES", "files for the benches"),
];

pub(super) fn cards() -> Group {
    let asked = ask(
        "nvidia-smi",
        &[
            "--query-gpu=name,memory.total,driver_version",
            "--format=csv,noheader",
        ],
    );
    let built = cfg!(feature = "cuda");
    let rebuild = "build it with CUDA: cargo build --release --features cudnn";
    let findings = match asked {
        Answer::Said(cards) if !cards.trim().is_empty() => {
            let mut findings: Vec<Finding> = cards
                .lines()
                .map(|card| Finding::fine("card", card.trim()))
                .collect();
            findings.push(match device("cuda") {
                Ok(_) => Finding::fine("this lab", "can use it: --device cuda"),
                Err(_) if !built => Finding::missing("this lab", "was built without CUDA", rebuild),
                Err(error) => Finding::missing(
                    "this lab",
                    format!(
                        "cannot use it: {}",
                        super::show::first(&format!("{error:#}"))
                    ),
                    "put the CUDA libraries on the library path (LD_LIBRARY_PATH)",
                ),
            });
            findings
        }
        Answer::Failed(why) => vec![Finding::missing(
            "cards",
            why,
            "nvidia-smi must work before lab can use a card",
        )],
        Answer::Silent => vec![Finding::missing(
            "cards",
            "nvidia-smi does not answer",
            "ask who runs this machine",
        )],
        Answer::Said(_) | Answer::Absent => vec![Finding::fine(
            "cards",
            "none; everything runs on the processor",
        )],
    };
    Group {
        title: "Cards",
        findings,
    }
}

pub(super) fn slurm() -> Group {
    let asked = ask(
        "sinfo",
        &[
            "--noheader",
            "--format=%P %a %D nodes, %c cores, %m MB, at most %l",
        ],
    );
    let mut findings = match asked {
        Answer::Said(partitions) if !partitions.trim().is_empty() => partitions
            .lines()
            .map(|line| Finding::fine("partition", line.trim()))
            .collect(),
        Answer::Said(_) => vec![Finding::missing(
            "Slurm",
            "it has no partition",
            "ask who runs this cluster",
        )],
        Answer::Failed(why) => vec![Finding::missing(
            "Slurm",
            why,
            "its controller must answer sinfo before jobs can be sent",
        )],
        Answer::Silent => vec![Finding::missing(
            "Slurm",
            "sinfo does not answer",
            "its controller may be down: ask who runs this cluster",
        )],
        Answer::Absent => vec![Finding::fine(
            "Slurm",
            "none; runs and sweeps work on this machine",
        )],
    };
    if let Some(job) = env::var_os("SLURM_JOB_ID") {
        findings.push(Finding::fine(
            "this is",
            format!("inside of job {}", job.to_string_lossy()),
        ));
    }
    Group {
        title: "Cluster",
        findings,
    }
}

/// Python is asked for versions; nothing is imported, which would take seconds.
pub(super) fn python() -> Group {
    const VERSIONS: &str = "
import importlib.metadata as m, platform
def v(n):
    try: return m.version(n)
    except Exception: return ''
print(platform.python_version(), v('numpy') or '-', v('torch') or '-')
";
    let finding = match ask("python3", &["-c", VERSIONS]) {
        Answer::Said(text) => match text.split_whitespace().collect::<Vec<_>>()[..] {
            [python, numpy, torch] if numpy != "-" && torch != "-" => Finding::fine(
                "Python",
                format!("{python}, NumPy {numpy}, PyTorch {torch}"),
            ),
            [python, numpy, torch] => {
                let missing = [("NumPy", numpy), ("PyTorch", torch)].into_iter();
                let missing = missing.filter(|(_, version)| *version == "-");
                let missing: Vec<&str> = missing.map(|(name, _)| name).collect();
                Finding::missing(
                    "Python",
                    format!("{python}, without {}", missing.join(" and ")),
                    "lab bench --peer-python compares with them: pip install numpy torch",
                )
            }
            _ => Finding::fine("Python", "does not say its version"),
        },
        Answer::Absent => Finding::fine(
            "Python",
            "none; only lab bench --peer-python and models in Python need it",
        ),
        Answer::Failed(why) => Finding::fine("Python", why),
        Answer::Silent => Finding::fine("Python", "does not answer"),
    };
    Group {
        title: "For comparisons and models in Python",
        findings: vec![finding],
    }
}

pub(super) fn variables() -> Group {
    let set = env::vars_os().filter_map(|(name, value)| {
        let (name, value) = (
            name.to_string_lossy().into_owned(),
            value.to_string_lossy().into_owned(),
        );
        name.starts_with("LAB_").then_some((name, value))
    });
    let mut set: Vec<(String, String)> = set.collect();
    set.sort();
    let finding = |(name, value): (String, String)| {
        let known = VARIABLES.iter().find(|(known, _)| *known == name);
        match known {
            Some((_, does)) => Finding::fine(name, format!("{value} ({does})")),
            None => Finding::missing(
                name,
                value,
                "lab reads no variable of this name: is it misspelt?",
            ),
        }
    };
    let mut findings: Vec<Finding> = set.into_iter().map(finding).collect();
    if findings.is_empty() {
        findings.push(Finding::fine("LAB_*", "none is set"));
    }
    Group {
        title: "Variables",
        findings,
    }
}
