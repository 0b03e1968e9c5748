//! The side that runs the library: makes one plugin ready and checks it.

use std::time::Instant;

use anyhow::{Result, bail};
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::registry::{Capability, Plugin};
use lab_core::traits::{Aligner, Dataset, Decoder, FeatureNet, Generator, LossTerm};
use lab_core::{Error, Result as CoreResult};
use lab_library::{Library, abi};

use super::events::{About, Event, Exported, Finding, Outcome, Said, tell};
use super::kinds::{self, Probe};
use super::{FINGERPRINT, PREPARE, measure};
use crate::cli::ProbeArgs;

/// The one seed of all checks.
const SEED: u64 = 1;
/// A parameter that no plugin has.
const UNKNOWN: &str = "(no_such_parameter: 1)";

/// Does what another `lab` asks for.
pub(super) fn work(args: &ProbeArgs) -> Result<()> {
    let library = match lab_library::load(&args.library) {
        Ok(library) => library,
        Err(error) => return tell(&Event::Refused(error.to_string())),
    };
    let (Some(kind), Some(name), Some(parameters)) = (&args.kind, &args.name, &args.parameters)
    else {
        return tell(&Event::Loaded(about(library)));
    };
    let found = library
        .plugins()
        .iter()
        .find(|plugin| plugin.capability.name() == kind && plugin.name == name);
    let Some(plugin) = found else {
        bail!("the library has no {kind} '{name}'");
    };
    let subject = Subject {
        plugin,
        text: format!("{name}{parameters}"),
        smoke: !args.full,
    };
    let mut ready: Option<Box<dyn Probe>> = None;
    for check in &args.checks {
        tell(&Event::Begin(check.clone()))?;
        let start = Instant::now();
        let said = subject.check(check, &mut ready);
        let (outcome, text) = said.unwrap_or_else(|error| (Outcome::Failed, error.to_string()));
        tell(&Event::End(Finding {
            check: check.clone(),
            outcome,
            text,
            seconds: start.elapsed().as_secs_f64(),
        }))?;
    }
    Ok(())
}

fn about(library: &Library) -> About {
    let exported = |plugin: &&'static Plugin| Exported {
        kind: plugin.capability.name().into(),
        name: plugin.name.into(),
        version: plugin.version.into(),
    };
    About {
        interface: format!("{}.{}", abi::ABI_MAJOR, abi::ABI_MINOR),
        hash: library.hash().into(),
        built_by: library.built_by().into(),
        is_slow: library.is_slow(),
        plugins: library.plugins().iter().map(exported).collect(),
    }
}

/// The plugin under test.
struct Subject {
    plugin: &'static Plugin,
    /// Its name and parameters, as in an experiment.
    text: String,
    smoke: bool,
}

impl Subject {
    fn check(&self, check: &str, ready: &mut Option<Box<dyn Probe>>) -> Said {
        if check == "parameters" {
            return self.parameters();
        }
        let probe = match ready {
            Some(probe) => probe,
            None => ready.insert(self.prepare()?),
        };
        let probe = probe.as_ref();
        match check {
            PREPARE => Ok((Outcome::Passed, probe.facts())),
            "contract" => Ok((Outcome::Passed, probe.contract()?)),
            "vjp" => measure::gradients(probe),
            "state" => measure::state(probe),
            "stop" => probe.stop(),
            FINGERPRINT => measure::fingerprint(probe),
            "threads" => measure::threads(probe),
            "speed" => measure::speed(probe),
            other => Err(Error::Data {
                what: "check".into(),
                expected: super::CHECKS.join(", "),
                got: other.into(),
                remedy: "this is a mistake in lab".into(),
            }),
        }
    }

    /// Defaults filled in; written out they mean the same; what is unknown is refused.
    fn parameters(&self) -> Said {
        let resolved = self.resolve(&self.text)?;
        let again = self.resolve(&resolved)?;
        if again != resolved {
            return Ok((
                Outcome::Failed,
                format!(
                    "resolved parameters do not resolve to themselves\n{resolved}\nbecame\n{again}"
                ),
            ));
        }
        let unknown = format!("{}{UNKNOWN}", self.plugin.name);
        if self.build(&unknown).is_ok() {
            let text =
                format!("{UNKNOWN} is accepted; parameters that are not known should be refused");
            return Ok((Outcome::Failed, text));
        }
        Ok((Outcome::Passed, resolved))
    }

    fn resolve(&self, text: &str) -> CoreResult<String> {
        match self.plugin.capability {
            Capability::Dataset => PluginRef::<dyn Dataset>::of(text).resolve(self.smoke),
            Capability::Aligner => PluginRef::<dyn Aligner>::of(text).resolve(self.smoke),
            Capability::Generator => PluginRef::<dyn Generator>::of(text).resolve(self.smoke),
            Capability::FeatureNet => PluginRef::<dyn FeatureNet>::of(text).resolve(self.smoke),
            Capability::LossTerm => PluginRef::<dyn LossTerm>::of(text).resolve(self.smoke),
            Capability::Decoder => PluginRef::<dyn Decoder>::of(text).resolve(self.smoke),
        }
    }

    /// Built as written, so that complaints are about what was written.
    fn build(&self, text: &str) -> CoreResult<()> {
        let ctx = Context::new(SEED);
        match self.plugin.capability {
            Capability::Dataset => PluginRef::<dyn Dataset>::of(text).build(&ctx).map(drop),
            Capability::Aligner => PluginRef::<dyn Aligner>::of(text).build(&ctx).map(drop),
            Capability::Generator => PluginRef::<dyn Generator>::of(text).build(&ctx).map(drop),
            Capability::FeatureNet => PluginRef::<dyn FeatureNet>::of(text).build(&ctx).map(drop),
            Capability::LossTerm => PluginRef::<dyn LossTerm>::of(text).build(&ctx).map(drop),
            Capability::Decoder => PluginRef::<dyn Decoder>::of(text).build(&ctx).map(drop),
        }
    }

    /// Trained, loaded or fitted.
    fn prepare(&self) -> CoreResult<Box<dyn Probe>> {
        kinds::prepare(
            self.plugin.capability,
            &self.resolve(&self.text)?,
            &Context::new(SEED),
        )
    }
}
