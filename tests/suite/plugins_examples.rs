//! The example plugins in C and Python, built as their comments say and loaded by the real host.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use candle_core::{Device, Tensor, Var};
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::testing::skip;
use lab_core::traits::{FittedGenerator, Generator};
use lab_core::weights::{self, Weights};
use serde_json::Value;

use crate::lab_test::{LabTest, experiment, root};

/// Largest difference from PyTorch: both sum in double precision and round once.
const TOLERANCE: f64 = 1e-5;

/// A folder of examples.
fn examples(name: &str) -> PathBuf {
    root().join("core/library/examples").join(name)
}

/// Builds a C source of a folder into a library, or says why it cannot.
pub(crate) fn compile(folder: &Path, source: &Path, library: &Path) -> Option<()> {
    let include = root().join("core/library/include");
    let output = Command::new("cc")
        .args(["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror"])
        .arg("-I")
        .arg(&include)
        .arg("-I")
        .arg(examples("c"))
        .arg("-I")
        .arg(folder)
        .arg(source)
        .arg("-o")
        .arg(library)
        .args(["-lm", "-pthread", "-ldl"])
        .output();
    let Ok(output) = output else {
        skip("there is no C compiler 'cc'");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    Some(())
}

/// A folder for libraries: each is built once and loaded once, as a process cannot load two plugins of one name.
fn built() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugins");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The generator in C.
pub(crate) fn two_layer() -> Option<&'static str> {
    static BUILT: OnceLock<Option<String>> = OnceLock::new();
    let library = BUILT.get_or_init(|| {
        let library = built().join("libtwo_layer.so");
        compile(&examples("c"), &examples("c").join("two_layer.c"), &library)?;
        Some(library.display().to_string())
    });
    library.as_deref()
}

/// The bridge to Python, with its server beside it.
fn bridge() -> Option<&'static str> {
    static BUILT: OnceLock<Option<String>> = OnceLock::new();
    let library = BUILT.get_or_init(|| {
        let library = built().join("libpython.so");
        compile(
            &examples("python"),
            &examples("python").join("bridge.c"),
            &library,
        )?;
        std::fs::copy(
            examples("python").join("serve.py"),
            built().join("serve.py"),
        )
        .unwrap();
        Some(library.display().to_string())
    });
    library.as_deref()
}

/// A Python that can import a module, or says that there is none. `LAB_TEST_PYTHON` names another than python3.
fn python_with(module: &str) -> Option<String> {
    let python = std::env::var("LAB_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let import = Command::new(&python)
        .args(["-c", &format!("import {module}")])
        .output();
    if import.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    skip(&format!(
        "'{python}' has no {module}; LAB_TEST_PYTHON names another Python"
    ));
    None
}

fn fixture(under: &str) -> Weights {
    let path = root().join("tests/reference/plugins/two_layer.safetensors");
    let all = weights::from_bytes(&std::fs::read(path).unwrap(), &Device::Cpu).unwrap();
    all.into_iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(under)?.to_owned(), value)))
        .collect()
}

/// A generator of a loaded library, ready.
fn ready(library: &str, text: &str) -> Box<dyn FittedGenerator> {
    lab_library::load(Path::new(library)).unwrap();
    let ctx = Context::new(1);
    let plugin = PluginRef::<dyn Generator>::of(text).build(&ctx).unwrap();
    plugin.prepare(&ctx, None).unwrap()
}

/// Images and their gradient, in a graph that uses z twice, against the reference.
fn agrees(generator: &dyn FittedGenerator, reference: &Weights) {
    let z = Var::from_tensor(&reference["z"]).unwrap();
    let images = generator.generate(z.as_tensor()).unwrap();
    close(&images, &reference["image"], "images");
    let loss = (images * &reference["g"]).unwrap().sum_all().unwrap();
    let branched = (loss + z.as_tensor().sqr().unwrap().sum_all().unwrap()).unwrap();
    let gradient = branched.backward().unwrap().get(&z).unwrap().clone();
    let expected = (&reference["dz"] + (&reference["z"] * 2.0).unwrap()).unwrap();
    close(&gradient, &expected, "gradients");
}

fn close(got: &Tensor, expected: &Tensor, what: &str) {
    assert_eq!(got.dims(), expected.dims(), "{what}");
    let worst = (got - expected)
        .unwrap()
        .abs()
        .unwrap()
        .flatten_all()
        .unwrap()
        .max(0)
        .unwrap();
    let worst = f64::from(worst.to_scalar::<f32>().unwrap());
    assert!(worst <= TOLERANCE, "{what}: {worst:e}");
}

#[test]
fn the_generator_in_c_computes_what_pytorch_does() {
    let lab = LabTest::new();
    let Some(library) = two_layer() else { return };
    let reference = fixture("c.");
    let arrays = ["A", "a", "B", "b"].map(|name| reference[name].flatten_all().unwrap());
    let numbers: Vec<f32> = Tensor::cat(&arrays, 0).unwrap().to_vec1().unwrap();
    let bytes: Vec<u8> = numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    lab.write("weights.f32", &bytes);
    let path = lab.path("weights.f32");
    let text = format!(
        "two_layer(latent: 5, hidden: 7, size: 6, weights: {:?})",
        path.display().to_string()
    );
    agrees(ready(library, &text).as_ref(), &reference);

    // The file's content is part of the resolved parameters; another content is another experiment.
    let resolve = || {
        PluginRef::<dyn Generator>::of(&text)
            .resolve(false)
            .unwrap()
    };
    let before = resolve();
    assert!(before.contains("digest: \""), "{before}");
    lab.write("weights.f32", [&bytes[4..], &bytes[..4]].concat());
    assert_ne!(resolve(), before);
    let stale = PluginRef::<dyn Generator>::of(&before)
        .build(&Context::new(1))
        .err()
        .unwrap();
    assert!(
        stale.to_string().contains("the file has changed since"),
        "{stale}"
    );
}

#[test]
fn the_generator_in_c_passes_every_check() {
    let lab = LabTest::new();
    let Some(library) = two_layer() else { return };
    let report = lab.json(&["plugins", "check", library, "--format", "json"]);
    assert_eq!(
        (&report["passed"], &report["failed"]),
        (&8.into(), &0.into()),
        "{report:#}"
    );
    let text = lab.lab(&["plugins", "check", library]).stdout;
    for words in [
        "interface 1.6",
        "generator two_layer()",
        "% off central differences",
        "passed, 0 failed",
    ] {
        assert!(text.contains(words), "'{words}' is missing in\n{text}");
    }
}

#[test]
fn the_generator_in_c_stands_in_an_experiment() {
    let lab = LabTest::new();
    let Some(library) = two_layer() else { return };
    let quickstart = experiment("quickstart");
    let ended = lab.lab(&[
        "run",
        &quickstart,
        "--smoke",
        "--plugin",
        library,
        "--set",
        "generator=two_layer(latent: 16, hidden: 24)",
    ]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(lab.path(ended.stdout.trim()).exists(), "{}", ended.stdout);
    // A mistake in its parameters is shown where it stands.
    let said = lab.complains(
        &[
            "check",
            &quickstart,
            "--plugin",
            library,
            "--set",
            "generator=two_layer(latent: 16, hiden: 24)",
        ],
        &[
            "unknown parameter 'hiden'",
            "known are latent, hidden, size",
        ],
    );
    assert!(said.contains("--set generator"), "{said}");
}

#[test]
fn a_generator_in_numpy_computes_what_pytorch_does() {
    let (Some(library), Some(python)) = (bridge(), python_with("numpy")) else {
        return;
    };
    let script = examples("python")
        .join("generator_numpy.py")
        .display()
        .to_string();
    let text = format!("python_generator(python: {python:?}, script: {script:?})");
    agrees(ready(library, &text).as_ref(), &fixture("python."));
}

#[test]
fn models_in_python_pass_every_check() {
    let lab = LabTest::new();
    let Some(library) = bridge() else { return };
    for (plugin, script, module, n_passed) in [
        ("python_generator", "generator_numpy.py", "numpy", 8),
        ("python_loss", "loss_numpy.py", "numpy", 7),
        ("python_generator", "generator_torch.py", "torch", 8),
        ("python_features", "features_torch.py", "torch", 8),
    ] {
        let Some(python) = python_with(module) else {
            continue;
        };
        let script = examples("python").join(script).display().to_string();
        let config = format!("{plugin}(python: {python:?}, script: {script:?})");
        let report: Value = lab.json(&[
            "plugins", "check", library, "--config", &config, "--format", "json",
        ]);
        assert_eq!(
            (&report["passed"], &report["failed"]),
            (&n_passed.into(), &0.into()),
            "{report:#}"
        );
    }
}

/// Models that fail in each way there is, and what is said of them.
const FAULTS: [(&str, &str, &str); 5] = [
    (
        "killed.py",
        "os.kill(os.getpid(), 11)",
        "killed by signal 11",
    ),
    ("ends.py", "os._exit(3)", "ended with exit code 3"),
    ("hangs.py", "time.sleep(60)", "no answer within 5 s"),
    (
        "raises.py",
        "raise ValueError('no such thing')",
        "ValueError: no such thing",
    ),
    (
        "wrong.py",
        "return z",
        "expected f32 [1, 1, 2, 2], got output 0 as f32 [1, 2]",
    ),
];

/// A model of 2 latents and 2×2 pixels, whose `forward` is this line.
fn model(forward: &str) -> String {
    format!(
        "import os, time\n\
         class Model:\n    \
             facts = {{'latents': {{'n_latents': 2, 'prior': 'Normal', 'constraint': 'None'}}, \
                      'image': {{'channels': 1, 'height': 2, 'width': 2}}}}\n    \
             def vjp(self, *_): pass\n    \
             def forward(self, z): {forward}\n\
         def model(files, seed, options): return Model()\n"
    )
}

#[test]
fn a_python_process_that_dies_is_an_error_and_lab_lives() {
    let lab = LabTest::new();
    let (Some(library), Some(python)) = (bridge(), python_with("numpy")) else {
        return;
    };
    for (name, forward, words) in FAULTS {
        lab.write(name, model(forward));
        let script = lab.path(name).display().to_string();
        // To start Python takes a part of this time.
        let text = format!("python_generator(python: {python:?}, script: {script:?}, timeout: 5)");
        let z = Tensor::zeros((1, 2), candle_core::DType::F32, &Device::Cpu).unwrap();
        let complaint = ready(library, &text)
            .generate(&z)
            .err()
            .unwrap()
            .to_string();
        assert!(complaint.contains(words), "{name}: {complaint}");
    }
    let script = lab.path("ends.py").display().to_string();
    let text = format!("python_generator(python: \"no-such-python\", script: {script:?})");
    let plugin = PluginRef::<dyn Generator>::of(&text).build(&Context::new(1));
    let complaint = plugin.err().unwrap().to_string();
    assert!(
        complaint.contains("cannot start 'no-such-python'"),
        "{complaint}"
    );
}
