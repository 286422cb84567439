// average + (parameter - average) * taken
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let index = group_of(group) * 64u + lane;
    if (index < count()) {
        output[index] = average[index] + (parameters[index] - average[index]) * taken[0];
    }
}
