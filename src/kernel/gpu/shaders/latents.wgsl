// z = mu + exp(logvar / 2) * noise, with dropout on the deviation of the second view where DROPOUT; BACKWARD: the gradient of logvar,
// which is half the gradient of z times what was added to mu.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let index = group_of(group) * 64u + lane;
    if (index >= count()) {
        return;
    }
//if BACKWARD
    output[index] = 0.5 * gradient[index] * (latents[index] - mu[index]);
//end
//if FORWARD
    let pair = vec2<u32>(bitcast<u32>(seed[0]), bitcast<u32>(seed[1]));
    let view = index / view_count();
    let within = index % view_count();
    var added = exp(0.5 * logvar[index]) * normal_number(pair, noise_site() + view, within);
//if DROPOUT
    if (view == 1u) {
        added *= kept(pair, keep_site(), within, rate());
    }
//end
    output[index] = mu[index] + added;
//end
}
