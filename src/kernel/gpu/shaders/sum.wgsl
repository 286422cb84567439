// The sum of all elements, by one group.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    var sum = 0.0;
    for (var index = lane + group.x * 64u; index < count(); index += 64u) {
        sum += input[index];
    }
    let everything = total(lane, sum);
    if (lane == 0u) {
        output[0] = everything;
    }
}
