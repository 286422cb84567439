//! How a shader of ours is launched on tensors of burn.
//!
//! In: a [`Shader`] (WGSL, see `shaders/`), the tensors that it works on and the numbers that it needs. Out: nothing; it writes into the
//! tensors that are given for that. The runtime below burn compiles each shader once, in each of its forms, and keeps the order of
//! launches.
//!
//! Every tensor is bound for reading and writing, because on native systems several share a buffer, which may be bound in one way
//! only; so no tensor may be given twice to one launch (WebGPU refuses writable bindings that overlap).

use burn::tensor::DType;
use burn_cubecl::cubecl::{
    CubeKernel, PrecompiledSource,
    ir::{ElemType, UIntKind, metadata::Info},
    prelude::{AddressType, CubeCount, ExecutionMode, KernelDefinition, KernelId, KernelMetadata, KernelSettings, Scope},
    server::{KernelArguments, MetadataBindingInfo},
};
use burn_cubecl::tensor::CubeTensor;

use super::shape::floats_of;

/// Groups that one dimension of a launch may have (WebGPU's limit is 65,535).
const GROUPS: u32 = 32_768;

/// A number that changes from launch to launch.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    Whole(u32),
    Real(f32),
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self::Whole(value as u32)
    }
}

impl From<u32> for Number {
    fn from(value: u32) -> Self {
        Self::Whole(value)
    }
}

impl From<f32> for Number {
    fn from(value: f32) -> Self {
        Self::Real(value)
    }
}

/// A shader in one of its forms.
///
/// The text comes from a file; before it stand declarations of the constants, of a binding for each tensor and of a function for each
/// number, by their names. Lines between `//if NAME` and `//end` are left out where that constant is 0.
pub struct Shader {
    name: &'static str,
    text: &'static str,
    constants: Vec<(&'static str, usize)>,
}

impl Shader {
    /// A shader without constants.
    pub fn new(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            text,
            constants: Vec::new(),
        }
    }

    /// Fixes a constant, which makes it a form of its own.
    pub fn with(mut self, name: &'static str, value: impl Into<usize>) -> Self {
        self.constants.push((name, value.into()));
        self
    }

    /// Launches `groups` groups of 64 threads. Where only the first number of groups is above 1 it may be any; the shader then asks
    /// `group_of` for its number.
    pub fn launch(self, groups: [usize; 3], tensors: &[(&'static str, &CubeTensor)], numbers: &[(&'static str, Number)]) {
        let Some((_, first)) = tensors.first() else {
            return;
        };
        debug_assert!(disjoint(tensors), "{}: a tensor is given twice", self.name);
        let client = first.client.clone();
        let count = match groups.map(|groups| groups as u32) {
            [across, 1, 1] if across > GROUPS => CubeCount::Static(GROUPS, across.div_ceil(GROUPS), 1),
            [x, y, z] => CubeCount::Static(x, y, z),
        };
        let mut arguments = KernelArguments::new();
        for (_, tensor) in tensors {
            arguments = arguments.with_buffer(tensor.handle.clone().binding());
        }
        arguments.info = MetadataBindingInfo::custom(words(numbers));
        let form = Form {
            name: self.name,
            text: self.text,
            constants: self.constants,
            tensors: tensors.iter().map(|(name, tensor)| (*name, tensor.dtype)).collect(),
            numbers: numbers
                .iter()
                .map(|(name, number)| (*name, matches!(number, Number::Real(_))))
                .collect(),
        };
        client.launch(Box::new(form), count, arguments);
    }
}

/// The numbers, two in a word.
fn words(numbers: &[(&'static str, Number)]) -> Vec<u64> {
    let bits: Vec<u32> = numbers
        .iter()
        .map(|(_, number)| match number {
            Number::Whole(value) => *value,
            Number::Real(value) => value.to_bits(),
        })
        .collect();
    bits.chunks(2)
        .map(|pair| u64::from(pair[0]) | u64::from(pair.get(1).copied().unwrap_or_default()) << 32)
        .collect()
}

fn disjoint(tensors: &[(&'static str, &CubeTensor)]) -> bool {
    let places: Vec<_> = tensors
        .iter()
        .map(|(_, tensor)| tensor.handle.clone().binding().claim_key())
        .collect();
    places.iter().enumerate().all(|(index, (memory, start, end))| {
        places[index + 1..]
            .iter()
            .all(|(other, from, to)| memory != other || end <= from || to <= start)
    })
}

/// Source that the runtime compiles: the shader with the names of its bindings.
struct Form {
    name: &'static str,
    text: &'static str,
    constants: Vec<(&'static str, usize)>,
    tensors: Vec<(&'static str, DType)>,
    /// Names, and whether it is a real number.
    numbers: Vec<(&'static str, bool)>,
}

impl Form {
    fn write(&self) -> String {
        let mut source = String::new();
        let mut line = |text: String| {
            source.push_str(&text);
            source.push('\n');
        };
        for (name, value) in &self.constants {
            line(format!("const {name}: u32 = {value}u;"));
        }
        for (binding, (name, kind)) in self.tensors.iter().enumerate() {
            let element = match kind {
                DType::I32 => "i32",
                _ => "f32",
            };
            line(format!(
                "@group(0) @binding({binding}) var<storage, read_write> {name}: array<{element}>;"
            ));
        }
        let binding = self.tensors.len();
        line(format!(
            "@group(0) @binding({binding}) var<storage, read> numbers: array<u32>;"
        ));
        for (index, (name, real)) in self.numbers.iter().enumerate() {
            line(format!("const AT_{name}: u32 = {index}u;"));
            line(match real {
                true => format!("fn {name}() -> f32 {{ return bitcast<f32>(numbers[{index}]); }}"),
                false => format!("fn {name}() -> u32 {{ return numbers[{index}]; }}"),
            });
        }
        line(format!(
            "fn group_of(group: vec3<u32>) -> u32 {{ return group.y * {GROUPS}u + group.x; }}"
        ));
        let mut taken = vec![true];
        for text in [include_str!("shaders/common.wgsl"), self.text]
            .iter()
            .flat_map(|text| text.lines())
        {
            match text.trim().split_once(' ') {
                Some(("//if", name)) => {
                    let holds = self
                        .constants
                        .iter()
                        .any(|(constant, value)| *constant == name && *value != 0);
                    taken.push(holds && taken.last() == Some(&true));
                }
                _ if text.trim() == "//end" => {
                    taken.pop();
                }
                _ if taken.last() == Some(&true) => line(text.to_string()),
                _ => {}
            }
        }
        source
    }
}

impl KernelMetadata for Form {
    fn name(&self) -> &'static str {
        self.name
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>()
            .info((self.name, self.constants.clone()))
            .mode(ExecutionMode::Unchecked)
            .cube_dim((64u32, 1u32, 1u32).into())
    }

    fn address_type(&self) -> ElemType {
        UIntKind::U32.into()
    }
}

impl CubeKernel for Form {
    fn define(&self) -> KernelDefinition {
        // Asked for beside the source; only its settings are looked at.
        let settings = KernelSettings::new((64u32, 1u32, 1u32).into(), ExecutionMode::Unchecked, AddressType::U32);
        KernelDefinition {
            body: Scope::root(settings.clone()),
            settings,
            info: Info::default(),
        }
    }

    fn source(&self) -> Option<PrecompiledSource> {
        Some(PrecompiledSource {
            source: self.write(),
            entrypoint_name: "main".to_string(),
            lang: "wgsl",
        })
    }
}

/// Groups of 64 threads for one thread an element.
pub fn threads(elements: usize) -> [usize; 3] {
    [elements.div_ceil(64), 1, 1]
}

/// Groups for one element of `tensor` a thread.
pub fn each(tensor: &CubeTensor) -> [usize; 3] {
    threads(floats_of(tensor))
}
