// One step of AdamW on the parameters from `first` on, whose gradients lie end to end. Parameters and moments lie in the same order, the
// second moments behind the first; what is new is written beside what was, which others may still hold. `factors`: shares of the
// moments that stay, step size, epsilon, and what the parameter is multiplied by for its decay.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let index = group_of(group) * 64u + lane;
    if (index < count()) {
        let at = first() + index;
        let value = gradient[index];
        let one = moments[at] * factors[0] + value * factors[5];
        let two = moments[at + whole()] * factors[1] + value * value * factors[6];
        new_moments[at] = one;
        new_moments[at + whole()] = two;
        new_parameters[at] = parameters[at] * factors[4] - factors[2] * one / (sqrt(two) + factors[3]);
    }
}
