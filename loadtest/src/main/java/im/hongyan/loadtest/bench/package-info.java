/**
 * The benchmark: a plain program that measures a chat server from outside, through its protocol and through the
 * kernel's figures about its processes. {@link im.hongyan.loadtest.bench.ChatSystem} is the measured system, so that
 * other servers can be measured in the same run with the same loads.
 */
package im.hongyan.loadtest.bench;
