//! The functions of `lab_host`, but for the objective's.

use std::ffi::c_void;
use std::sync::PoisonError;

use candle_core::{Device, Tensor};

use super::answer::{answer, text, write, wrong};
use super::evaluate;
use crate::abi::{ErrBuf, Host, Image, Sink, Str, status};
use crate::arrays::{Element, slice};
use lab_core::events::Curve;
use lab_core::recording::check_image_idx;
use lab_core::rng;

/// The functions, without what they work on.
pub(super) fn table() -> Host {
    Host {
        struct_size: size_of::<Host>() as u32,
        reserved: 0,
        ctx: std::ptr::null_mut(),
        seed: 0,
        path: Str::new(""),
        corpus: std::ptr::null(),
        objective: std::ptr::null(),
        stream: Some(stream),
        cancelled: Some(cancelled),
        progress: Some(progress),
        say: Some(say),
        curve: Some(curve),
        sheet: Some(sheet),
        save_checkpoint: Some(save_checkpoint),
        load_checkpoint: Some(load_checkpoint),
        images: Some(images),
        loss: Some(evaluate::loss),
        evaluate: Some(evaluate::evaluate),
        evaluate_vjp: Some(evaluate::evaluate_vjp),
        drop_tape: Some(evaluate::drop_tape),
    }
}

unsafe extern "C" fn stream(ctx: *mut c_void, name: Str, out: *mut u8, err: *mut ErrBuf) -> i32 {
    // SAFETY: the interface demands valid arguments; `out` has room for 32 bytes.
    unsafe {
        answer(ctx, err, |state| {
            let path = format!("{}/{}", state.ctx.path(), text("name", name)?);
            let key = rng::key(state.ctx.seed(), &path);
            if out.is_null() {
                return Err(wrong("out", "room for 32 bytes", "NULL"));
            }
            std::ptr::copy_nonoverlapping(key.as_ptr(), out, key.len());
            Ok(())
        })
    }
}

unsafe extern "C" fn cancelled(ctx: *mut c_void) -> i32 {
    // SAFETY: the interface demands a valid context.
    let code = unsafe {
        answer(ctx, std::ptr::null_mut(), |state| {
            state.ctx.check_cancelled()
        })
    };
    i32::from(code == status::CANCELLED)
}

unsafe extern "C" fn progress(ctx: *mut c_void, done: u64, total: u64, unit: Str, state: Str) {
    // SAFETY: the interface demands valid arguments.
    unsafe {
        answer(ctx, std::ptr::null_mut(), |host| {
            let (unit, state) = (text("unit", unit)?, text("state", state)?);
            host.ctx
                .progress(done as usize, total as usize, unit, state);
            Ok(())
        })
    };
}

unsafe extern "C" fn say(ctx: *mut c_void, level: u32, message: Str) {
    // SAFETY: the interface demands valid arguments.
    unsafe {
        answer(ctx, std::ptr::null_mut(), |host| {
            let message = text("text", message)?;
            if level == 0 {
                host.ctx.note(message);
            } else {
                host.ctx.warn(message);
            }
            Ok(())
        })
    };
}

unsafe extern "C" fn curve(ctx: *mut c_void, member: u32, name: Str, x_label: Str, x: f64, y: f64) {
    // SAFETY: the interface demands valid arguments.
    unsafe {
        answer(ctx, std::ptr::null_mut(), |host| {
            let (name, x_label) = (text("name", name)?, text("x_label", x_label)?);
            let mut all = host.curves.lock().unwrap_or_else(PoisonError::into_inner);
            let curves = all.entry(member).or_default();
            let known = curves.iter().position(|curve| curve.name == name);
            let idx = known.unwrap_or_else(|| {
                curves.push(Curve::new(name, x_label));
                curves.len() - 1
            });
            curves[idx].push(x, y);
            Ok(())
        })
    };
}

unsafe extern "C" fn sheet(ctx: *mut c_void, name: Str, images: *const f32, n: u64, image: Image) {
    // SAFETY: the interface demands valid arguments; `images` holds n images of this shape.
    unsafe {
        answer(ctx, std::ptr::null_mut(), |host| {
            let shape = [
                n as usize,
                image.channels as usize,
                image.height as usize,
                image.width as usize,
            ];
            let pixels = slice(images, shape.iter().product());
            let images = Tensor::from_slice(pixels, &shape, &Device::Cpu)?;
            host.ctx.images(text("name", name)?, &images);
            Ok(())
        })
    };
}

unsafe extern "C" fn save_checkpoint(
    ctx: *mut c_void,
    name: Str,
    bytes: *const u8,
    n: u64,
    err: *mut ErrBuf,
) -> i32 {
    // SAFETY: the interface demands valid arguments; `bytes` holds n bytes.
    unsafe {
        answer(ctx, err, |host| {
            let bytes = slice(bytes, n as usize);
            host.ctx.checkpoints().save(text("name", name)?, bytes)
        })
    }
}

unsafe extern "C" fn load_checkpoint(
    ctx: *mut c_void,
    name: Str,
    sink: *const Sink,
    err: *mut ErrBuf,
) -> i32 {
    // SAFETY: the interface demands valid arguments; the sink is the library's.
    unsafe {
        answer(ctx, err, |host| {
            let Some(bytes) = host.ctx.checkpoints().load(text("name", name)?)? else {
                return Ok(());
            };
            let alloc = sink.as_ref().and_then(|sink| Some((sink.alloc?, sink.ctx)));
            let Some((alloc, sink_ctx)) = alloc else {
                return Err(wrong("sink", "a sink with alloc", "NULL"));
            };
            let shape = [bytes.len() as u64];
            let room = alloc(sink_ctx, 0, Element::U8.number(), shape.as_ptr(), 1);
            if room.is_null() {
                return Err(wrong("sink", "room for the checkpoint", "NULL"));
            }
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), room.cast::<u8>(), bytes.len());
            Ok(())
        })
    }
}

unsafe extern "C" fn images(
    ctx: *mut c_void,
    image_idx: *const u64,
    n: u64,
    out: *mut f32,
    err: *mut ErrBuf,
) -> i32 {
    // SAFETY: the interface demands valid arguments; `out` has room for n images.
    unsafe {
        answer(ctx, err, |host| {
            let Some(corpus) = &host.corpus else {
                return Err(wrong("images", "a corpus", "none: lab_host.corpus is NULL"));
            };
            let idx: Vec<usize> = slice(image_idx, n as usize)
                .iter()
                .map(|&idx| usize::try_from(idx).unwrap_or(usize::MAX))
                .collect();
            check_image_idx(&idx, corpus.n_images())?;
            let pixels = corpus.images.read(&idx)?;
            write(&pixels, out, idx.len() * corpus.shape().n_pixels())
        })
    }
}
