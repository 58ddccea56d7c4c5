/** Demo users, conversations and messages for {@code scripts/run --demo}, created through the public protocol. */
package im.hongyan.local.demo;
