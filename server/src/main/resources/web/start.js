import { Hongyan } from "./hongyan.js";

/** The client of this page. It gets its access token while the rest of the app is still loading. */
export const client = new Hongyan();

// If this fails, connecting tries again and says why.
if (client.user) client.session.token().catch(() => {});
