// Row r of the result is the sum of the source's rows whose key is r, each times its coefficient where there are COEFFICIENTS. One row
// a group: 256 keys at a time become bits, and the columns follow the bits in the order of the keys, so that the same input gives
// the same sums.

const PER_THREAD = (SIZE + 63u) / 64u;

var<workgroup> found: array<atomic<u32>, 8>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group_of(group);
    if (row >= rows()) {
        return;
    }
    var sums: array<f32, PER_THREAD>;
    for (var i = 0u; i < PER_THREAD; i++) {
        sums[i] = 0.0;
    }
    for (var begin = 0u; begin < keys_count(); begin += 256u) {
        if (lane < 8u) {
            atomicStore(&found[lane], 0u);
        }
        workgroupBarrier();
        for (var i = 0u; i < 4u; i++) {
            let bit = lane * 4u + i;
            if (begin + bit < keys_count() && u32(keys[begin + bit]) == row) {
                atomicOr(&found[bit / 32u], 1u << (bit % 32u));
            }
        }
        workgroupBarrier();
        for (var word = 0u; word < 8u; word++) {
            var bits = atomicLoad(&found[word]);
            while (bits != 0u) {
                let entry = begin + word * 32u + firstTrailingBit(bits);
                bits &= bits - 1u;
                let at = (entry % source_rows()) * SIZE;
                var factor = 1.0;
//if COEFFICIENTS
                factor = coefficients[coefficients_at() + entry] * upstream[0];
//end
                for (var i = 0u; i < PER_THREAD; i++) {
                    if (i * 64u + lane < SIZE) {
                        sums[i] += factor * source[at + i * 64u + lane];
                    }
                }
            }
        }
        workgroupBarrier();
    }
    for (var i = 0u; i < PER_THREAD; i++) {
        if (i * 64u + lane < SIZE) {
            result[row * SIZE + i * 64u + lane] = sums[i];
        }
    }
}
