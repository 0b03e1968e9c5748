//! A sweep, read: every combination parsed, resolved and checked, and the jobs behind them.

use std::path::{Path, PathBuf};

use lab_core::config::Resources;
use serde::{Deserialize, Serialize};

use super::folder::{JobFile, SweepsFolder};
use super::guard::Guards;
use super::labels::{joined, label, several};
use super::questions::{Question, asked, questions};
use super::stages::Stages;
use super::stored;
use super::values::{Swept, combinations, sets};
use crate::plan::{Plan, Written};
use crate::{Error, Result, toy};

/// A sweep as a user asks for it.
#[derive(Debug, Clone, Default)]
pub struct SweepWritten {
    /// The experiment; its overrides may hold several values each.
    pub experiment: Written,
    /// Whether lists of values belong together, value by value.
    pub zip: bool,
    /// The folder of runs, in which results and stages are kept.
    pub runs: PathBuf,
    /// Name of the device on which tensors live.
    pub device: String,
}

/// A sweep whose every combination has been read and checked.
#[derive(Debug)]
pub struct Sweep {
    /// The identity: first twelve hexadecimal digits of a hash over its jobs, whatever their order.
    pub id: String,
    /// Name of the experiment; of the first combination, if names are swept.
    pub name: String,
    /// Why no number of it means anything, if it runs at toy size.
    pub toy: Option<String>,
    /// Every setting of `--set`, with its one or several values.
    pub swept: Vec<Swept>,
    /// The combinations of values, and the job of each.
    pub combinations: Vec<Combination>,
    /// The jobs, each once, in the order of the combinations that lead to them first.
    pub jobs: Vec<Job>,
    /// The questions, if files of variants are swept; none for one experiment.
    pub questions: Vec<Question>,
    /// For each combination of a sweep of questions, which run of a question it is.
    pub cells: Vec<Cell>,
}

/// Which run of a question a combination is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Place of the question.
    pub question: usize,
    /// Place of the variant; none for the base.
    pub variant: Option<usize>,
    /// The crossed settings and their values, as in `dataset.snr=2`; empty if there are none.
    pub condition: String,
    /// The seed of the run.
    pub seed: u64,
    /// Name of the job.
    pub job: String,
}

/// One combination of values: one value for each setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Combination {
    /// The values, in the order of the settings.
    pub values: Vec<String>,
    /// Name of the job: combinations that resolve to the same experiment share it.
    pub job: String,
}

/// One run of a sweep, known by the hash of its resolved experiment.
#[derive(Debug, Clone)]
pub struct Job {
    /// First twelve hexadecimal digits of the hash of its resolved experiment.
    pub hash: String,
    /// The values that led to it first, as one reads them: `decoder.l2=0.01 seed=3`.
    pub label: String,
    /// How the job is run: arguments, folder, and what data and libraries were.
    pub file: JobFile,
    /// What the experiment itself asks of a cluster: cores, memory and hours.
    pub resources: Resources,
    /// Name of the device on which tensors live.
    pub(crate) device: String,
    /// What led to it: a file and its changes.
    pub(crate) asked: Written,
    /// Its trainings, as far as they can be jobs of their own.
    pub(crate) stages: Stages,
    resolved: String,
}

/// What is kept of a sweep, as `<sweep>/sweep.json` holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepFile {
    /// Name of the experiment; of the first combination, if names are swept.
    pub name: String,
    /// Path of every setting, in the order of `--set`.
    pub settings: Vec<String>,
    /// The combinations of values, and the job of each.
    pub combinations: Vec<Combination>,
}

impl Sweep {
    /// Reads every combination; nothing is started before all of them are known to be able to run. A file of variants, or a
    /// folder of them, is asked question by question.
    ///
    /// # Errors
    /// As [`Plan::read`], behind the values of the combination.
    pub fn read(written: &SweepWritten) -> Result<Self> {
        let swept: Vec<Swept> = written
            .experiment
            .sets
            .iter()
            .map(|set| Swept::read(set))
            .collect::<Result<_>>()?;
        let questions = questions(&written.experiment.file)?;
        if !questions.is_empty() {
            return Self::of_questions(written, questions, &swept);
        }
        let mut sweep = Self {
            swept: swept.clone(),
            ..Self::empty()
        };
        let mut guards = Guards::default();
        for values in combinations(&swept, written.zip)? {
            let asked = Written {
                sets: sets(&swept, &values),
                ..written.experiment.clone()
            };
            let plan = read(&asked, &swept, &values)?;
            let label = label(&swept, &values);
            sweep.add(written, (values, label), (asked, &plan), &mut guards)?;
        }
        sweep.id = identity(&sweep.jobs);
        Ok(sweep)
    }

    fn of_questions(
        written: &SweepWritten,
        questions: Vec<Question>,
        given: &[Swept],
    ) -> Result<Self> {
        if written.zip {
            return Err(Error::Sweep {
                argument: "--zip".into(),
                expected: "lists of values for one experiment".into(),
                got: "files of variants, which say themselves what belongs together".into(),
                remedy: "leave --zip out".into(),
            });
        }
        let (swept, all) = asked(&questions, given)?;
        let mut sweep = Self {
            swept,
            ..Self::empty()
        };
        let mut guards = Guards::default();
        for run in all {
            let question = &questions[run.question];
            let label = label(&sweep.swept, &run.values);
            let asked = Written {
                file: question.base.clone(),
                sets: run.sets,
                ..written.experiment.clone()
            };
            let plan = Plan::read(&asked)
                .map_err(|error| question.placed(run.variant, error))
                .map_err(Error::during(label.clone()))?;
            sweep.cells.push(Cell {
                question: run.question,
                variant: run.variant,
                condition: run.condition,
                seed: plan.experiment.seed,
                job: plan.run_hash.clone(),
            });
            sweep.add(written, (run.values, label), (asked, &plan), &mut guards)?;
        }
        sweep.id = identity(&sweep.jobs);
        sweep.questions = questions;
        Ok(sweep)
    }

    fn empty() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            toy: None,
            swept: Vec::new(),
            combinations: Vec::new(),
            jobs: Vec::new(),
            questions: Vec::new(),
            cells: Vec::new(),
        }
    }

    /// Takes in a combination, and its job unless another combination led to it.
    fn add(
        &mut self,
        written: &SweepWritten,
        (values, label): (Vec<String>, String),
        (asked, plan): (Written, &Plan),
        guards: &mut Guards,
    ) -> Result<()> {
        if self.name.is_empty() {
            self.name.clone_from(&plan.experiment.name);
            self.toy.clone_from(&plan.toy);
        }
        self.combinations.push(Combination {
            values,
            job: plan.run_hash.clone(),
        });
        if !self.jobs.iter().any(|job| job.hash == plan.run_hash) {
            let job = Job::new(written, (asked, plan), label, guards)?;
            self.jobs.push(job);
        }
        Ok(())
    }

    /// Writes the resolved experiments of these jobs, which are run now, and of those that are not there; and which
    /// combinations the sweep has, anew each time, so that the sweep is the newest one.
    ///
    /// # Errors
    /// Fails if a file cannot be written.
    pub fn freeze(&self, folder: &SweepsFolder, jobs: &[&Job]) -> Result<()> {
        folder.create()?;
        let is_new = |job: &&Job| jobs.iter().any(|new| new.hash == job.hash);
        for job in &self.jobs {
            let path = folder.file(&job.hash, "json");
            if is_new(&job) || !path.exists() {
                stored::write_text(&folder.file(&job.hash, "ron"), &job.resolved)?;
                stored::write(&path, &job.file)?;
            }
        }
        let path = folder.sweep(&self.id);
        folder.create_sweep(&self.id)?;
        let file = SweepFile {
            name: self.name.clone(),
            settings: self.swept.iter().map(|of| of.path.clone()).collect(),
            combinations: self.combinations.clone(),
        };
        // Its time says which sweep was asked for last.
        stored::write_anew(&path.join("sweep.json"), &file)
    }

    /// Combinations that resolve to the same experiment as another one.
    pub fn n_doubles(&self) -> usize {
        self.combinations.len() - self.jobs.len()
    }
}

impl SweepFile {
    /// Reads what is kept of a sweep.
    ///
    /// # Errors
    /// Fails if there is no such sweep, or another program wrote it.
    pub fn read(folder: &SweepsFolder, id: &str) -> Result<Self> {
        stored::read(&folder.sweep(id).join("sweep.json"))
    }

    /// The jobs, each once, under the values that lead to them first.
    pub fn jobs(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = Vec::new();
        let values = self.combinations.iter().map(|of| &*of.values);
        let several = several(&values.collect::<Vec<&[String]>>(), self.settings.len());
        for combination in &self.combinations {
            if !all.iter().any(|(job, _)| *job == combination.job) {
                let pairs = self.settings.iter().zip(&combination.values);
                all.push((combination.job.clone(), joined(pairs, &several)));
            }
        }
        all
    }
}

impl Job {
    fn new(
        written: &SweepWritten,
        (asked, plan): (Written, &Plan),
        label: String,
        guards: &mut Guards,
    ) -> Result<Self> {
        let folder = SweepsFolder::of(&written.runs);
        let frozen = folder.file(&plan.run_hash, "ron");
        let mut arguments = vec!["run".to_owned(), text(&frozen)];
        if plan.toy.is_some() {
            arguments.push("--smoke".into());
            // At toy size only criteria count that were set by hand.
            if let Some(criteria) = toy::set_again(&plan.experiment.criteria)? {
                arguments.extend(["--set".into(), criteria]);
            }
            for said in &plan.said {
                arguments.extend(["--stood-in".into(), said.clone()]);
            }
        }
        arguments.extend(["--runs".into(), text(&written.runs)]);
        if written.device != "cpu" {
            arguments.extend(["--device".into(), written.device.clone()]);
        }
        Ok(Self {
            hash: plan.run_hash.clone(),
            label,
            asked,
            file: JobFile {
                arguments,
                run: written
                    .runs
                    .join(&plan.experiment.name)
                    .join(&plan.run_hash),
                guards: guards.of(plan),
            },
            resources: plan.experiment.resources,
            device: written.device.clone(),
            stages: Stages::of(plan, &written.device),
            resolved: plan.resolved.clone(),
        })
    }

    /// Checks what can be known before it runs: its frozen experiment, sizes, headers and tables of its data.
    ///
    /// # Errors
    /// Fails as the run would, behind the values of the job.
    pub fn check(&self, folder: &SweepsFolder) -> Result<()> {
        let checked = || {
            let plan = self.plan(folder)?;
            plan.check_sizes()?;
            crate::check::check(&plan).map(drop)
        };
        checked().map_err(Error::during(self.label.clone()))
    }

    /// Its frozen experiment, read as its run will read it.
    pub(crate) fn plan(&self, folder: &SweepsFolder) -> Result<Plan> {
        let arguments = &self.file.arguments;
        let values_of = |option: &str| {
            let pairs = arguments.windows(2).filter(|pair| pair[0] == option);
            pairs.map(|pair| pair[1].clone()).collect()
        };
        let plan = Plan::read(&Written {
            file: folder.file(&self.hash, "ron"),
            sets: values_of("--set"),
            plugins: Vec::new(),
            smoke: arguments.iter().any(|of| of == "--smoke"),
            stood_in: values_of("--stood-in"),
        })?;
        if plan.run_hash != self.hash {
            return Err(Error::Missing {
                what: "experiment that resolves to itself",
            });
        }
        Ok(plan)
    }
}

fn read(asked: &Written, swept: &[Swept], values: &[String]) -> Result<Plan> {
    let read = Plan::read(asked);
    if swept.iter().any(|of| of.values.len() > 1) {
        read.map_err(Error::during(label(swept, values)))
    } else {
        read
    }
}

fn identity(jobs: &[Job]) -> String {
    let mut hashes: Vec<&str> = jobs.iter().map(|job| job.hash.as_str()).collect();
    hashes.sort_unstable();
    blake3::hash(hashes.join("\n").as_bytes()).to_hex()[..12].to_owned()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
