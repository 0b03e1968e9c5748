//! `lab plugins new`: a complete project for a plugin in a shared library.
//!
//! Two small crates, as two rlibs that both carry the entry symbol clash at link time: the implementation, which can be
//! built in as well, and a thin cdylib that exports it. Templates are real files of ours, compiled and tested with us; only
//! the plugin's name is put in.

mod manifest;
mod name;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use lab_core::config::{Source, overrides};

use crate::cli::{Kind, NewArgs};
use manifest::Core;

/// The experiment that the new plugin is put into.
const EXPERIMENT: &str = include_str!("../../../../quickstart.ron");
/// The name that templates are written for, as a module and as a type.
const TEMPLATE: (&str, &str) = ("my_plugin", "MyPlugin");

impl Kind {
    /// Its name in the interface of libraries.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::FeatureNet => "feature_net",
            Self::Loss => "loss",
            Self::Decoder => "decoder",
            Self::Dataset => "dataset",
            Self::Aligner => "aligner",
        }
    }

    /// Its name for people.
    const fn words(self) -> &'static str {
        match self {
            Self::FeatureNet => "feature network",
            Self::Loss => "loss term",
            _ => self.word(),
        }
    }

    /// The code of a plugin of this kind.
    const fn template(self) -> &'static str {
        match self {
            Self::Generator => include_str!("templates/generator.rs"),
            Self::FeatureNet => include_str!("templates/feature_net.rs"),
            Self::Loss => include_str!("templates/loss.rs"),
            Self::Decoder => include_str!("templates/decoder.rs"),
            Self::Dataset => include_str!("templates/dataset.rs"),
            Self::Aligner => include_str!("templates/aligner.rs"),
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

/// Writes the project and says what to do with it.
pub(super) fn new(args: &NewArgs) -> Result<String> {
    name::check(&args.name)?;
    let core = Core::find(&args.core)?;
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(&args.name));
    refuse_to_overwrite(&out)?;
    for (path, text) in files(args, &core)? {
        let path = out.join(path);
        let folder = path.parent().unwrap_or(&out);
        fs::create_dir_all(folder).with_context(|| format!("creating '{}'", folder.display()))?;
        fs::write(&path, text).with_context(|| format!("writing '{}'", path.display()))?;
    }
    format_code(&out);
    Ok(format!(
        "{} holds a {} for lab; README.md there says more\n  cd {0}\n  cargo test --release\n  cargo build --release\n  lab run experiment.ron\n",
        out.display(),
        args.kind.words(),
    ))
}

/// Every file of the project, by its path in it.
fn files(args: &NewArgs, core: &Core) -> Result<Vec<(&'static str, String)>> {
    let (name, kind) = (args.name.as_str(), args.kind);
    let put = |text: &str| {
        text.replace(TEMPLATE.0, name)
            .replace(TEMPLATE.1, &name::as_type(name))
            .replace("my_kind", kind.word())
            .replace("my words", kind.words())
    };
    let mut files = vec![
        ("Cargo.toml", put(&core.workspace(name))),
        ("README.md", put(include_str!("templates/README.md"))),
        (".gitignore", "/target\n/runs\n".to_owned()),
        ("experiment.ron", experiment(name, kind)?),
        (
            "plugin/Cargo.toml",
            put(include_str!("templates/plugin.toml")),
        ),
        ("plugin/src/lib.rs", put(kind.template())),
        (
            "library/Cargo.toml",
            put(include_str!("templates/library.toml")),
        ),
        (
            "library/src/lib.rs",
            put(include_str!("templates/library.rs")),
        ),
    ];
    // The same versions as lab's, down to the last: what was tested there is what is built here.
    files.extend(core.lock().map(|lock| ("Cargo.lock", lock.to_owned())));
    Ok(files)
}

/// The quickstart with the plugin in it.
fn experiment(name: &str, kind: Kind) -> Result<String> {
    let changed = overrides::apply(
        &Source::new("quickstart.ron", EXPERIMENT),
        &kind.overrides(name),
    )?;
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
        bail!(
            "'{}' is there already, and nothing is overwritten\n  hint: name another folder with --out, or another plugin",
            out.display()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use lab_core::config::{Experiment, Source};

    use super::{Kind, experiment};

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
            let text = experiment("my_gan", kind).unwrap();
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
