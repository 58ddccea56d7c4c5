package im.hongyan.architecture.wrong.delivery;

import im.hongyan.architecture.wrong.postcards.PostcardsFeature;

/** Wrong: the core depends on a feature. */
public record KnowsAFeature(PostcardsFeature feature) {}
