//! Network kernels (being written).
use candle_core::Tensor;
/// rows to unit norm
pub fn unit_norm(z: &Tensor) -> candle_core::Result<Tensor> { let n = (z.sqr()?.sum_keepdim(candle_core::D::Minus1)?.sqrt()? + 1e-8)?; z.broadcast_div(&n) }
#[allow(missing_docs)]
pub mod optim {
    //! Optimisers (being written).
    pub struct AdamParams { pub learning_rate: f64, pub beta1: f64, pub beta2: f64, pub eps: f64, pub clip_norm: Option<f64> }
    pub struct Parameter { pub name: String, pub var: candle_core::Var, pub weight_decay: f64 }
    pub struct Adam;
    impl Adam {
        pub fn new(_v: Vec<Parameter>, _p: AdamParams) -> crate::Result<Self> { Ok(Self) }
        pub fn set_learning_rate(&mut self, _r: f64) {}
        pub fn step(&mut self, _g: &candle_core::backprop::GradStore) -> crate::Result<f64> { Ok(0.0) }
    }
}
