// The gradient of the decoder's outputs: one element a thread.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let index = group_of(group) * 64u + lane;
    if (index < positions() * SIZE) {
        let position = index / SIZE;
        let column = index % SIZE;
        let one = results[positions() + position] * table[u32(entries[position]) * SIZE + column];
        let two = results[2u * positions() + position] * table[u32(entries[positions() + position]) * SIZE + column];
        output[index] = upstream[0] * (one + two);
    }
}
