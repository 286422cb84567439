// C = A B in tiles of 32 by 32: each of the 64 threads of a group has 4 by 4 elements. A product may have up to three parts, which
// differ in where they begin: side by side (`group.z`), or one after the other into the same sums (`parts`).
//
// A is [rows, depth], or [depth, rows] where LEFT_TURNED; B is [depth, columns], or [columns, depth] where RIGHT_TURNED. What may
// follow: BIAS adds a row of B's memory; GELU applies x Phi(x) and keeps its derivative in `extra`; ADD adds and MULTIPLY multiplies
// by an element of `extra`; SCALE multiplies by the one element of `extra`. COLUMN_SUMS leaves the sums of B's columns in C's memory.

const TILE = 32u;
const DEPTH = 16u;

var<workgroup> a_tile: array<f32, 512>;
var<workgroup> b_tile: array<f32, 512>;

//if GELU
// Distribution function and density of the standard normal distribution (Abramowitz and Stegun 1964, 7.1.26, with x / sqrt 2 for x).
fn normal_distribution(x: f32) -> vec2<f32> {
    let t = 1.0 / (1.0 + 0.3275911 * 0.7071067811865476 * abs(x));
    let p = ((((1.0614054 * t - 1.453152) * t + 1.4214137) * t - 0.28449674) * t + 0.2548296) * t;
    let bell = exp(-0.5 * x * x);
    let tail = 0.5 * p * bell;
    return vec2<f32>(select(1.0 - tail, tail, x < 0.0), bell * 0.3989423);
}
//end

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first_row = group.x * TILE;
    let first_column = group.y * TILE;
    let down = (lane / 8u) * 4u;
    let across = (lane % 8u) * 4u;
    var sums: array<f32, 16>;
    for (var i = 0u; i < 16u; i++) {
        sums[i] = 0.0;
    }
//if COLUMN_SUMS
    var column_sums: array<f32, 4>;
    for (var i = 0u; i < 4u; i++) {
        column_sums[i] = 0.0;
    }
//end
    for (var piece = 0u; piece < parts(); piece++) {
        let a_start = numbers[AT_a_0 + group.z + piece];
        let b_start = numbers[AT_b_0 + group.z + piece];
        for (var begin = 0u; begin < depth(); begin += DEPTH) {
            for (var element = lane; element < 512u; element += 64u) {
                // Neighbouring threads read neighbouring places.
                var k = element % DEPTH;
                var m = element / DEPTH;
//if LEFT_TURNED
                k = element / TILE;
                m = element % TILE;
//end
                var value = 0.0;
                if (begin + k < depth() && first_row + m < rows()) {
                    var at = (first_row + m) * a_stride() + begin + k;
//if LEFT_TURNED
                    at = (begin + k) * a_stride() + first_row + m;
//end
                    value = a[a_start + at];
                }
                a_tile[k * TILE + m] = value;
                k = element / TILE;
                m = element % TILE;
//if RIGHT_TURNED
                k = element % DEPTH;
                m = element / DEPTH;
//end
                value = 0.0;
                if (begin + k < depth() && first_column + m < columns()) {
                    var at = (begin + k) * b_stride() + first_column + m;
//if RIGHT_TURNED
                    at = (first_column + m) * b_stride() + begin + k;
//end
                    value = b[b_start + at];
                }
                b_tile[k * TILE + m] = value;
            }
            workgroupBarrier();
            for (var k = 0u; k < DEPTH; k++) {
                for (var i = 0u; i < 4u; i++) {
                    let left = a_tile[k * TILE + down + i];
                    for (var j = 0u; j < 4u; j++) {
                        sums[i * 4u + j] += left * b_tile[k * TILE + across + j];
                    }
                }
//if COLUMN_SUMS
                for (var j = 0u; j < 4u; j++) {
                    column_sums[j] += b_tile[k * TILE + across + j];
                }
//end
            }
            workgroupBarrier();
        }
    }
    let c_start = numbers[AT_c_0 + group.z];
    for (var i = 0u; i < 4u; i++) {
        for (var j = 0u; j < 4u; j++) {
            let m = first_row + down + i;
            let n = first_column + across + j;
            if (m < rows() && n < columns()) {
                var value = sums[i * 4u + j];
                let at = c_start + m * c_stride() + n;
//if BIAS
                value += b[numbers[AT_bias_0 + group.z] + n];
//end
//if GELU
                let below = normal_distribution(value);
                extra[at] = below.x + value * below.y;
                value = value * below.x;
//end
//if ADD
                value += extra[at];
//end
//if MULTIPLY
                value *= extra[at];
//end
//if SCALE
                value *= extra[0];
//end
                c[at] = value;
            }
        }
    }
//if COLUMN_SUMS
    if (group.x == 0u && down == 0u) {
        for (var j = 0u; j < 4u; j++) {
            if (first_column + across + j < columns()) {
                c[numbers[AT_bias_0 + group.z] + first_column + across + j] = column_sums[j];
            }
        }
    }
//end
}
