// The workerd peer of scripts/bench: the same purchase as one Worker, which is what stood here before flux-gateway.
const apps = {
  "/api/v1/flux/text-to-image/dev": "fal-ai/flux/dev",
  "/api/v1/flux/text-to-image/pro": "fal-ai/flux-pro",
  "/api/v1/flux/text-to-image/schnell": "fal-ai/flux/schnell",
};
const sizes = {
  "1:1": "square_hd", "3:4": "portrait_4_3", "9:16": "portrait_16_9", "4:3": "landscape_4_3", "16:9": "landscape_16_9",
};

const json = (status, value) => Response.json(value, { status, headers: { "access-control-allow-origin": "*" } });

export default {
  async fetch(request, env) {
    const app = apps[new URL(request.url).pathname];
    if (!app) return json(404, { success: false, error: "no such path" });
    let order;
    try {
      order = await request.json();
    } catch {
      return json(400, { success: false, error: "the body is no JSON" });
    }
    const begun = Date.now();
    const reply = await fetch(`http://fal/${app}`, {
      method: "POST",
      headers: { authorization: `Key ${env.FAL_KEY}`, "content-type": "application/json" },
      body: JSON.stringify({
        prompt: order.prompt,
        image_size: sizes[order.aspect_ratio] ?? order.aspect_ratio ?? "landscape_4_3",
        guidance_scale: order.guidance_scale ?? 3.5,
        num_inference_steps: order.num_inference_steps ?? 28,
        num_images: order.num_images ?? 1,
        seed: order.seed,
      }),
    });
    const made = await reply.json();
    if (!reply.ok) return json(reply.status, { success: false, error: "fal refused", detail: made.detail });
    const { images = [], seed, prompt, has_nsfw_concepts = [] } = made;
    return json(200, { success: true, data: { images, seed, prompt, has_nsfw_concepts }, processing_time: Date.now() - begun });
  },
};
