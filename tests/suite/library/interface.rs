//! The header and its mirror in Rust have the same layout, by a C compiler's account.

use std::fmt::Write as _;
use std::fs;
use std::mem::offset_of;
use std::process::Command;

use lab_library::abi;
use tempfile::TempDir;

use crate::lab_test::root;

/// `(C struct, [(C field, Rust offset)], Rust size)`
type Layout = (&'static str, Vec<(&'static str, usize)>, usize);

macro_rules! layout {
    ($c:literal, $rust:ty, $($field:ident),+) => {
        ($c, vec![$((stringify!($field), offset_of!($rust, $field))),+], size_of::<$rust>())
    };
}

fn layouts() -> Vec<Layout> {
    vec![
        layout!("lab_str", abi::Str, ptr, len),
        layout!("lab_in", abi::In, data, shape, ndim, dtype, flags),
        layout!("lab_sink", abi::Sink, ctx, alloc, text),
        layout!("lab_err", abi::ErrBuf, buf, cap, len, line, col),
        layout!("lab_image", abi::Image, channels, height, width, reserved),
        layout!(
            "lab_latents",
            abi::Latents,
            n_latents,
            prior,
            constraint,
            reserved
        ),
        layout!(
            "lab_corpus",
            abi::Corpus,
            n_images,
            image,
            split,
            label,
            n_classes,
            class_names,
            field_of_view_deg
        ),
        layout!(
            "lab_objective",
            abi::Objective,
            latents,
            image,
            n_targets,
            n_terms,
            term_names,
            term_weights
        ),
        layout!(
            "lab_host",
            abi::Host,
            struct_size,
            reserved,
            ctx,
            seed,
            path,
            corpus,
            objective,
            stream,
            cancelled,
            progress,
            say,
            curve,
            sheet,
            save_checkpoint,
            load_checkpoint,
            images,
            loss,
            evaluate,
            evaluate_vjp,
            drop_tape
        ),
        layout!(
            "lab_plugin",
            abi::PluginTable,
            struct_size,
            caps,
            kind,
            name,
            version,
            summary,
            equation,
            source,
            parity,
            create,
            destroy,
            resolve,
            describe,
            forward,
            vjp,
            drop_tape,
            run,
            explain
        ),
        layout!(
            "lab_manifest",
            abi::Manifest,
            magic,
            abi_major,
            abi_minor,
            struct_size,
            built_by,
            n,
            plugins
        ),
    ]
}

#[test]
fn the_header_and_its_mirror_have_one_layout() {
    use abi::{caps, method, status};
    let mut program = String::from("#include \"lab_plugin.h\"\n");
    let mut check = |condition: String| {
        // C99 has no static assertions; an array of negative size is none.
        let n = program.lines().count();
        writeln!(program, "typedef char check_{n}[({condition}) ? 1 : -1];").unwrap();
    };
    for (name, fields, size) in layouts() {
        check(format!("sizeof({name}) == {size}"));
        for (field, offset) in fields {
            check(format!("offsetof({name}, {field}) == {offset}"));
        }
    }
    let constants = [
        ("LAB_OK", status::OK as u32),
        ("LAB_ERR", status::ERR as u32),
        ("LAB_PANIC", status::PANIC as u32),
        ("LAB_ERR_CONFIG", status::ERR_CONFIG as u32),
        ("LAB_UNSUPPORTED", status::UNSUPPORTED as u32),
        ("LAB_CANCELLED", status::CANCELLED as u32),
        ("LAB_ERR_SHAPE", status::ERR_SHAPE as u32),
        ("LAB_FORWARD", method::FORWARD),
        ("LAB_TRAIN", method::TRAIN),
        ("LAB_SAVE", method::SAVE),
        ("LAB_LOAD", method::LOAD),
        ("LAB_LIST", method::LIST),
        ("LAB_QUALITY", method::QUALITY),
        ("LAB_SHARE", method::SHARE),
        ("LAB_CLASSIFY", method::CLASSIFY),
        ("LAB_ENCODE", method::ENCODE),
        ("LAB_MAP_DRAWS", method::MAP_DRAWS),
        ("LAB_HAS_VJP", caps::VJP),
        ("LAB_KEEPS_TAPE", caps::TAPE),
        ("LAB_SERIALISE_CALLS", caps::SERIALISE),
        ("LAB_HAS_TRAIN", caps::TRAIN),
        ("LAB_HAS_STATE", caps::STATE),
        ("LAB_HAS_QUALITY", caps::QUALITY),
        ("LAB_HAS_SHARE", caps::SHARE),
        ("LAB_HAS_CLASSIFY", caps::CLASSIFY),
        ("LAB_HAS_ENCODE", caps::ENCODE),
        ("LAB_HAS_MAP_DRAWS", caps::MAP_DRAWS),
        ("LAB_WANT_GRAD", u32::from(abi::WANT_GRAD)),
        ("LAB_TERMS", abi::TERMS),
        ("LAB_IMAGES", abi::IMAGES),
        ("LAB_MAGIC", abi::MAGIC),
        ("LAB_ABI_MAJOR", abi::ABI_MAJOR),
        ("LAB_ABI_MINOR", abi::ABI_MINOR),
    ];
    for (name, value) in constants {
        check(format!("{name} == {value}u"));
    }
    let folder = TempDir::new().unwrap();
    let source = folder.path().join("layout.c");
    for (text, fits) in [
        (program.clone(), true),
        (program.replace("== 0)", "== 1)"), false),
    ] {
        fs::write(&source, text).unwrap();
        let output = Command::new("cc")
            .args([
                "-std=c99",
                "-pedantic",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-fsyntax-only",
                "-I",
            ])
            .args([root().join("core/library/include"), source.clone()])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), fits, "{said}");
    }
}
