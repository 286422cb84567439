@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let index = group_of(group) * 64u + lane;
    if (index < rows() * columns()) {
        let factor = weights[(index / columns()) % view_rows()] * upstream[0];
        of_mu[index] = factor * mu[index];
        of_logvar[index] = 0.5 * factor * (exp(logvar[index]) - 1.0);
    }
}
