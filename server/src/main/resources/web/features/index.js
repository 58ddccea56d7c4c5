/** The features of the product, in the order in which they appear in menus. */
import call from "./call/feature.js";
import location from "./location/feature.js";
import redenvelope from "./redenvelope/feature.js";
import wallet from "./wallet/feature.js";

export default [redenvelope, wallet, call, location];
