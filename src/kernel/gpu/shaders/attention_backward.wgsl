// Gradients of query, key and value of one position and head a thread. Weights follow from the scores and the normaliser; the mean
// of a row's weight gradients is the product of its output with its output's gradient, dropout or not.

//if DROPOUT
fn keep(token: u32, head: u32, key: u32) -> f32 {
    let at = ((token / row_length() * HEADS + head) * row_length() + token % row_length()) * row_length() + key % row_length();
    return kept(vec2<u32>(bitcast<u32>(seed[0]), bitcast<u32>(seed[1])), site(), at, rate());
}
//end

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let index = group_of(group) * 64u + lane;
    if (index >= tokens() * HEADS) {
        return;
    }
    let token = index / HEADS;
    let head = index % HEADS;
    let hidden = HEADS * WIDTH;
    let stride = 3u * hidden;
    let within = token % view_tokens();
    let view = token - within;
    let scale = 1.0 / sqrt(f32(WIDTH));
    let own = token * stride + head * WIDTH;
    var one: array<f32, WIDTH>;
    var two: array<f32, WIDTH>;
    var to_one: array<f32, WIDTH>;
    var to_two: array<f32, WIDTH>;

    // As a query: `one` is the query, `two` the gradient of its output.
    var mean = 0.0;
    for (var i = 0u; i < WIDTH; i++) {
        let at = token * hidden + head * WIDTH + i;
        one[i] = mixed[own + i] * scale;
        two[i] = gradient[at];
        mean += two[i] * context[at];
        to_one[i] = 0.0;
    }
    let end = view + u32(spans[within * 4u + 1u]);
    for (var key = view + u32(spans[within * 4u]); key < end; key++) {
        let at = key * stride + hidden + head * WIDTH;
        var score = 0.0;
        var of_weight = 0.0;
        for (var i = 0u; i < WIDTH; i++) {
            score += one[i] * mixed[at + i];
            of_weight += two[i] * mixed[at + hidden + i];
        }
//if DROPOUT
        of_weight *= keep(token, head, key);
//end
        let of_score = exp(score - normaliser[index]) * (of_weight - mean) * scale;
        for (var i = 0u; i < WIDTH; i++) {
            to_one[i] += of_score * mixed[at + i];
        }
    }
    for (var i = 0u; i < WIDTH; i++) {
        result[own + i] = to_one[i];
    }

    // As a key and value: `one` is the key, `two` the value.
    for (var i = 0u; i < WIDTH; i++) {
        one[i] = mixed[own + hidden + i];
        two[i] = mixed[own + 2u * hidden + i];
        to_one[i] = 0.0;
        to_two[i] = 0.0;
    }
    let last = u32(spans[within * 4u + 3u]);
    for (var other = u32(spans[within * 4u + 2u]); other < last; other++) {
        if (u32(spans[other * 4u]) <= within && within < u32(spans[other * 4u + 1u])) {
            let query = view + other;
            let at = query * stride + head * WIDTH;
            let from_context = query * hidden + head * WIDTH;
            var score = 0.0;
            var of_weight = 0.0;
            var its_mean = 0.0;
            for (var i = 0u; i < WIDTH; i++) {
                score += one[i] * mixed[at + i];
                of_weight += two[i] * gradient[from_context + i];
                its_mean += context[from_context + i] * gradient[from_context + i];
            }
            let weight = exp(score * scale - normaliser[query * HEADS + head]);
            var kept_weight = weight;
//if DROPOUT
            let factor = keep(query, head, token);
            of_weight *= factor;
            kept_weight *= factor;
//end
            let of_score = weight * (of_weight - its_mean) * scale;
            for (var i = 0u; i < WIDTH; i++) {
                to_one[i] += of_score * mixed[at + i];
                to_two[i] += kept_weight * gradient[from_context + i];
            }
        }
    }
    for (var i = 0u; i < WIDTH; i++) {
        result[own + hidden + i] = to_one[i];
        result[own + 2u * hidden + i] = to_two[i];
    }
}
