//! What `lab plugins new` writes: a complete project for a plugin in a shared library.
//!
//! Two small crates, as two rlibs that both carry the entry symbol clash at link time: the implementation, which can be
//! built in as well, and a thin cdylib that exports it. Templates are real files of ours, compiled and tested with us; only
//! the plugin's name is put in.

mod error;
mod manifest;
mod name;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use lab_core::Error;
use lab_core::config::{Source, overrides};

pub use error::ProjectError;

use manifest::Core;

/// Shorthand of this module.
type Result<T> = std::result::Result<T, ProjectError>;

/// The name that templates are written for, as a module and as a type.
const TEMPLATE: (&str, &str) = ("my_plugin", "MyPlugin");

/// What the new plugin is, by the interface of libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Turns latents into images.
    Generator,
    /// Turns images into activations.
    FeatureNet,
    /// Compares reconstructions with targets.
    Loss,
    /// Turns aligned responses into latents or images.
    Decoder,
    /// Yields stimuli and responses.
    Dataset,
    /// Brings responses of subjects into another space.
    Aligner,
}

/// What is written.
#[derive(Debug, Clone)]
pub struct Project<'a> {
    /// The plugin's name in experiments, such as "gan2".
    pub name: &'a str,
    /// What it is.
    pub kind: Kind,
    /// The folder of the crate lab-core, or of its repository.
    pub core: &'a Path,
    /// The new folder.
    pub out: &'a Path,
    /// An experiment, in RON, that the new plugin is put into.
    pub experiment: &'a str,
}

impl Kind {
    /// Its name in the interface of libraries.
    const fn word(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::FeatureNet => "feature_net",
            Self::Loss => "loss",
            Self::Decoder => "decoder",
            Self::Dataset => "dataset",
            Self::Aligner => "aligner",
        }
    }

    /// Its name for people, as one of many: "a decoder", "an aligner".
    pub fn one(self) -> String {
        lab_core::dims::one(self.words())
    }

    /// Its name for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::FeatureNet => "feature network",
            Self::Loss => "loss term",
            _ => self.word(),
        }
    }

    /// The code of a plugin of this kind.
    const fn template(self) -> &'static str {
        match self {
            Self::Generator => include_str!("../../templates/generator.rs"),
            Self::FeatureNet => include_str!("../../templates/feature_net.rs"),
            Self::Loss => include_str!("../../templates/loss.rs"),
            Self::Decoder => include_str!("../../templates/decoder.rs"),
            Self::Dataset => include_str!("../../templates/dataset.rs"),
            Self::Aligner => include_str!("../../templates/aligner.rs"),
        }
    }

    /// What the experiment becomes: the plugin called `name` stands where another did.
    fn overrides(self, name: &str) -> Vec<String> {
        let place = match self {
            Self::Generator => format!("generator={name}()"),
            Self::FeatureNet => format!("features={name}()"),
            Self::Loss => format!("losses.0=(10.0, {name}())"),
            Self::Decoder => format!("decoder={name}()"),
            Self::Dataset => format!("dataset={name}()"),
            Self::Aligner => format!("align.0={name}()"),
        };
        let about = format!("The quickstart with the {} {name}.", self.words());
        // Its criterion was chosen for the quickstart's own parts.
        vec![
            place,
            format!("name={name:?}"),
            format!("description={about:?}"),
            "criteria=[]".into(),
        ]
    }
}

/// Writes the project.
///
/// # Errors
/// Fails if the name cannot be a plugin's, there is no lab-core where it should be, or the folder holds something.
pub fn write(project: &Project<'_>) -> Result<()> {
    name::check(project.name)?;
    let core = Core::find(project.core)?;
    let out = project.out;
    refuse_to_overwrite(out)?;
    for (path, text) in files(project, &core)? {
        let path = out.join(path);
        let folder = path.parent().unwrap_or(out);
        fs::create_dir_all(folder).map_err(Error::io("creating", folder))?;
        fs::write(&path, text).map_err(Error::io("writing", &path))?;
    }
    format_code(out);
    Ok(())
}

/// Every file of the project, by its path in it.
fn files(project: &Project<'_>, core: &Core) -> Result<Vec<(&'static str, String)>> {
    let (name, kind) = (project.name, project.kind);
    let put = |text: &str| {
        text.replace(TEMPLATE.0, name)
            .replace(TEMPLATE.1, &name::as_type(name))
            .replace("my_kind", kind.word())
            .replace("A my words", &kind.one().replacen('a', "A", 1))
            .replace("my words", kind.words())
    };
    let mut files = vec![
        ("Cargo.toml", put(&core.workspace(name))),
        ("README.md", put(include_str!("../../templates/README.md"))),
        (".gitignore", "/target\n/runs\n".to_owned()),
        (
            "experiment.ron",
            experiment(project.experiment, name, kind)?,
        ),
        (
            "plugin/Cargo.toml",
            put(include_str!("../../templates/plugin.toml")),
        ),
        ("plugin/src/lib.rs", put(kind.template())),
        (
            "library/Cargo.toml",
            put(include_str!("../../templates/library.toml")),
        ),
        (
            "library/src/lib.rs",
            put(include_str!("../../templates/library.rs")),
        ),
    ];
    // The same versions as lab's, down to the last: what was tested there is what is built here.
    files.extend(core.lock().map(|lock| ("Cargo.lock", lock.to_owned())));
    Ok(files)
}

/// An experiment with the plugin in it.
fn experiment(text: &str, name: &str, kind: Kind) -> Result<String> {
    let changed = overrides::apply(&Source::new("experiment.ron", text), &kind.overrides(name))?;
    let body = changed
        .text()
        .lines()
        .skip_while(|line| line.starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let header = format!(
        "// lab's quickstart, in which '{name}' of this folder stands in place of lab's own {}.\n\
         // Build first: cargo build --release. Then, from this folder: lab run experiment.ron\n",
        kind.words()
    );
    let library = format!("(\n    plugins: [\"target/release/lib{name}_library.so\"],\n");
    Ok(format!("{header}{}\n", body.replacen("(\n", &library, 1)))
}

/// Lines are as long as the name is; rustfmt breaks them where they should be. Without it they are merely longer.
fn format_code(out: &Path) {
    let _ = Command::new("rustfmt")
        .args(["--edition", "2024"])
        .args(["plugin/src/lib.rs", "library/src/lib.rs"].map(|file| out.join(file)))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

fn refuse_to_overwrite(out: &Path) -> Result<()> {
    let is_new = match fs::read_dir(out) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !out.exists(),
    };
    if !is_new {
        return Err(ProjectError::Occupied {
            out: out.to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use lab_core::config::{Experiment, Source};

    use super::{Kind, experiment};

    const EXPERIMENT: &str = include_str!("../../../../experiments/quickstart.ron");

    #[test]
    fn each_kind_has_an_experiment_that_reads() {
        for kind in [
            Kind::Generator,
            Kind::FeatureNet,
            Kind::Loss,
            Kind::Decoder,
            Kind::Dataset,
            Kind::Aligner,
        ] {
            let text = experiment(EXPERIMENT, "my_gan", kind).unwrap();
            let read = Experiment::parse(&Source::new("experiment.ron", &text)).unwrap();
            assert_eq!(
                read.plugins,
                ["target/release/libmy_gan_library.so"],
                "{text}"
            );
            assert_eq!(read.name, "my_gan");
            assert_eq!(text.matches("my_gan()").count(), 1, "{text}");
        }
    }
}
